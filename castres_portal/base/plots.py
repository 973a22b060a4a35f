"""Plots of the agents' pages: bars drawn by the server as SVG, with a table of the same figures for who does not see them.

Pure: figures in, lengths out; ``components/plot.html`` draws them. Every length is a whole number of the drawing's own units:
a French decimal comma inside an attribute would break it. The colours are classes (static/portal/admin.css), light and dark.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

HEIGHT = 260
TOP, LEFT, RIGHT, LABELS, GROUPS = 26, 46, 10, 24, 20
BARE = 4
# Number of bars up to which a drawing has a width: its units, about as many pixels on a wide screen.
WIDTHS = ((8, 480, "s"), (14, 720, "m"), (25, 1210, "l"))
WIDEST, PER_BAR = "xl", 50
FATTEST = 64
MOST_BARS = 120
VALUES_FROM = 30  # the least room of a bar whose total is written above it
VALUE_HEIGHT = 20
TICKS = 4
TONES = 4


@dataclass(frozen=True)
class Point:
    """One bar: what it is called in full (« lundi 7 décembre 2026 »), what is written beneath it (« lu. 7 »), its figures.

    ``values`` are whole numbers, one a series, piled up; None where nothing is known. ``limit`` is drawn as a line across the
    bar (places, for one). ``group`` is written once beneath the bars that follow each other with the same (« semaine 50 »).
    ``marked`` is the bar that matters (today). ``note`` is said in the table only (« jour férié »).
    """

    label: str
    short: str
    values: tuple[int | None, ...]
    limit: int | None = None
    group: str = ""
    marked: bool = False
    note: str = ""

    @property
    def total(self) -> int | None:
        """The height of the bar, None when nothing is known of it."""
        known = [value for value in self.values if value is not None]
        return sum(known) if known else None


@dataclass(frozen=True)
class Piece:
    """A rectangle of a bar, in the tone of its series."""

    tone: int
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Bar:
    """A bar as it is drawn: its pieces, its limit, its words."""

    point: Point
    x: int
    middle: int
    width: int
    pieces: Sequence[Piece]
    value_y: int
    limit_y: int | None


@dataclass(frozen=True)
class Tick:
    """A line of the scale."""

    value: int
    y: int


@dataclass(frozen=True)
class Group:
    """Bars that belong together: where the line that parts them from those before stands, and their name."""

    label: str
    x: int
    middle: int


@dataclass(frozen=True)
class Plot:
    """What components/plot.html draws."""

    key: str
    title: str
    series: Sequence[str]
    points: Sequence[Point]
    limit_label: str
    width: int
    height: int
    size: str
    base_y: int
    bars: Sequence[Bar]
    ticks: Sequence[Tick]
    groups: Sequence[Group] = field(default_factory=tuple)
    writes_values: bool = True
    head: str = "Jour"

    @property
    def left(self) -> int:
        """Where the scale ends and the bars begin."""
        return LEFT

    @property
    def right(self) -> int:
        """Where the bars end."""
        return self.width - RIGHT

    @property
    def label_y(self) -> int:
        """Where the words beneath the bars stand."""
        return self.base_y + 17

    @property
    def group_y(self) -> int:
        """Where the names of the groups stand."""
        return self.base_y + LABELS + 15

    @property
    def shows_total(self) -> bool:
        """Whether the table needs a column for the total."""
        return len(self.series) > 1

    @property
    def shows_limit(self) -> bool:
        """Whether any bar has a limit."""
        return any(point.limit is not None for point in self.points)

    @property
    def shows_notes(self) -> bool:
        """Whether any bar has a note."""
        return any(point.note for point in self.points)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return all(point.total is None for point in self.points)


def bar_plot(
    title: str,
    series: Sequence[str],
    points: Sequence[Point],
    *,
    limit_label: str = "Places",
    key: str = "plot",
    head: str = "Jour",
) -> Plot:
    """Lay bars out: one a point, its series piled up from the first.

    ``title`` says what is plotted (« Repas par jour »); ``key`` is an id of the page, distinct for each of its plots; ``head``
    is what its bars are (« Jour », « Mois »). Raises
    ValueError for a point that has not one figure a series, a negative figure, more than four series or more than 120 bars.
    """
    if not 0 < len(series) <= TONES or len(points) > MOST_BARS:
        raise ValueError("a plot has one to four series and at most 120 bars")
    for point in points:
        if len(point.values) != len(series) or any(value is not None and value < 0 for value in point.values):
            raise ValueError(f"bad figures for {point.label}")
    width, size = _width(len(points))
    groups = any(point.group for point in points)
    base_y = HEIGHT - LABELS - (GROUPS if groups else 0)
    highest = max((max(point.total or 0, point.limit or 0) for point in points), default=0)
    scale = ticks_of(highest)
    room = (width - LEFT - RIGHT) // max(len(points), 1)

    def y_of(value: int) -> int:
        return base_y - round((base_y - TOP) * value / scale[-1])

    bars = [_bar(point, LEFT + place * room, room, y_of) for place, point in enumerate(points)]
    return Plot(
        key=key,
        title=title,
        series=series,
        points=points,
        limit_label=limit_label,
        width=width,
        height=HEIGHT,
        size=size,
        base_y=base_y,
        bars=bars,
        ticks=[Tick(value, y_of(value)) for value in scale],
        groups=_groups(bars, room) if groups else (),
        writes_values=room >= VALUES_FROM,
        head=head,
    )


def ticks_of(highest: int) -> list[int]:
    """Return the lines of a scale, whole and round, from 0 to at least ``highest``: 47 gives 0, 20, 40, 60."""
    steps = (digit * 10**power for power in count() for digit in (1, 2, 5))
    step = next(step for step in steps if step * TICKS >= highest)
    last = -(-max(highest, 1) // step) * step
    return list(range(0, last + 1, step))


def _width(bars: int) -> tuple[int, str]:
    for most, width, size in WIDTHS:
        if bars <= most:
            return width, size
    return LEFT + RIGHT + PER_BAR * bars, WIDEST


def _bar(point: Point, x: int, room: int, y_of: Callable[[int], int]) -> Bar:
    gap = max(min(room // 5, 14), 2)
    width = min(max(room - 2 * gap, BARE), FATTEST)
    left, middle = x + (room - width) // 2, x + room // 2
    pieces, piled = [], 0
    for tone, value in enumerate(point.values, 1):
        if value:
            top, foot = y_of(piled + value), y_of(piled)
            pieces.append(Piece(tone, left, top, width, max(foot - top, 1)))
            piled += value
    limit_y = None if point.limit is None else y_of(point.limit)
    top = y_of(piled)
    # A figure is never struck through by the line of the limit: it stands above both.
    if limit_y is not None and top - VALUE_HEIGHT <= limit_y <= top:
        top = limit_y
    return Bar(point, left, middle, width, pieces, top - 6, limit_y)


def _groups(bars: Sequence[Bar], room: int) -> list[Group]:
    found: list[tuple[str, int, int]] = []
    for place, bar in enumerate(bars):
        if found and found[-1][0] == bar.point.group:
            found[-1] = (bar.point.group, found[-1][1], place)
        else:
            found.append((bar.point.group, place, place))
    return [Group(label, LEFT + first * room, LEFT + (first + last + 1) * room // 2) for label, first, last in found]

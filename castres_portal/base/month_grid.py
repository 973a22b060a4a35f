"""Lay out a month of tick boxes so that it reads well on a phone.

Pure: cells in, rows out. The page that owns the days decides what each one is; this only arranges them:
a weekday that never opens becomes a narrow column, a week closed for one reason becomes a single line.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from castres_portal.base.french import WEEKDAYS, long_day


@dataclass(frozen=True)
class DayCell:
    """One day of the calendar.

    ``state`` is what the database holds: ``booked``, ``free``, ``closed`` (nothing to book) or ``refused`` (asked for
    a moment ago and refused). ``checked`` is the box. They part ways while a change waits to be validated.
    ``note`` says until when an open day can change, ``reason`` why a greyed one cannot; ``refusal`` what was refused a
    moment ago (« Retrait refusé » of a day that stays booked). ``late`` says that time alone closed the day. ``narrow`` is
    decided here. ``price`` is what the day costs, in words, and ``cents`` for the figures that add up while it is changed;
    ``more_url`` leads to all that can be told of the day.
    """

    day: date
    state: str
    checked: bool = False
    enabled: bool = False
    in_month: bool = True
    name: str = ""
    value: str = ""
    note: str = ""
    reason: str = ""
    refusal: str = ""
    aria_label: str = ""
    today: bool = False
    late: bool = False
    narrow: bool = False
    price: str = ""
    cents: int | None = None
    more_url: str = ""

    @property
    def booked(self) -> bool:
        """Whether the day is reserved now."""
        return self.state == "booked"

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do or to see here but a reason."""
        return not (self.enabled or self.checked or self.booked or self.state == "refused" or self.refusal)

    @property
    def key(self) -> str:
        """An id for the page, distinct for each box."""
        return f"{self.name}-{self.value}"


@dataclass(frozen=True)
class Column:
    """A weekday of the grid, and whether it never opens this month."""

    weekday: int
    name: str
    closed: bool

    @property
    def short(self) -> str:
        """Three letters, as on a wall calendar."""
        return self.name[:3]


@dataclass(frozen=True)
class ClosedWeek:
    """A week with one reason for all of its days, from its first day of the month to its last."""

    first: date
    last: date
    reason: str


@dataclass(frozen=True)
class Week:
    """A row: the cells, or the one line that stands for them."""

    cells: Sequence[DayCell | None]
    closed: ClosedWeek | None = None


@dataclass(frozen=True)
class MonthGrid:
    """What components/month_grid.html draws."""

    columns: Sequence[Column]
    weeks: Sequence[Week]
    caption: str = ""
    width: int = 5


def build_month_grid(weeks: Iterable[Sequence[Mapping[str, Any] | None]], *, caption: str = "") -> MonthGrid:
    """Arrange weeks of day mappings (Monday first, 5 or 7 to a week, None outside the month) into columns and rows."""
    rows = [[_cell(day) for day in week] for week in weeks]
    width = max((len(row) for row in rows), default=5)
    columns = [_column(rows, weekday) for weekday in range(width)]
    shown = [_week(row, columns) for row in rows if any(row)]
    return MonthGrid(columns=columns, weeks=shown, caption=caption, width=width)


def _cell(day: Mapping[str, Any] | None) -> DayCell | None:
    if day is None or not day.get("in_month", True):
        return None
    return DayCell(**{**day, "aria_label": day.get("aria_label") or long_day(day["day"])})


def _column(rows: Sequence[Sequence[DayCell | None]], weekday: int) -> Column:
    cells = [cell for row in rows if weekday < len(row) and (cell := row[weekday])]
    # A weekday that was open and whose days have merely passed keeps its width.
    never_open = bool(cells) and all(cell.idle and not cell.late for cell in cells)
    return Column(weekday, WEEKDAYS[weekday], closed=never_open)


def _week(row: Sequence[DayCell | None], columns: Sequence[Column]) -> Week:
    cells = [cell and replace(cell, narrow=columns[weekday].closed) for weekday, cell in enumerate(row)]
    return Week(cells, _closed_week(row, columns))


def _closed_week(row: Sequence[DayCell | None], columns: Sequence[Column]) -> ClosedWeek | None:
    cells = [cell for cell in row if cell]
    telling = [cell for cell in cells if not columns[cell.day.weekday()].closed] or cells
    reasons = {cell.reason for cell in telling}
    if not all(cell.idle for cell in cells) or len(reasons) != 1 or len(telling) < 2:
        return None
    return ClosedWeek(cells[0].day, cells[-1].day, reasons.pop())

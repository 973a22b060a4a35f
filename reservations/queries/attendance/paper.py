"""Sheets to be printed: all of a day, or a site's week, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Exists, OuterRef

from families.models import AuthorisedAdult, Child
from families.queries.alerts import Alert, collecting_of
from reservations.models import AbsenceDay, ActivitySite, Attendance, Booking
from reservations.rules.attendance import CAME, CLEARED, AttendanceHours
from reservations.rules.formulas import SHORT

CLOSED_WEEKDAYS = 2  # no sheet on Saturdays and Sundays


@dataclass(frozen=True)
class Cell:
    """A child's day on paper: booked or not, with what is already known of it (« présent », « absence annoncée »)."""

    booked: bool = False
    known: str = ""
    formula: str = ""


@dataclass
class PaperLine:
    """A child on paper."""

    child: Child
    cells: list[Cell]
    alert: Alert | None = None
    banned: Sequence[AuthorisedAdult] = ()

    @property
    def class_label(self) -> str:
        """« CE1-CE2 de Mme X », or the level."""
        return self.child.class_name or self.child.level


@dataclass
class PaperSheet:
    """A site's sheet on paper, for one day or a week."""

    site: ActivitySite
    days: list[date]
    lines: list[PaperLine] = field(default_factory=list)

    @property
    def hours(self) -> AttendanceHours:
        """Which hours are noted."""
        return AttendanceHours(self.site.activity.attendance_hours)

    @property
    def has_formulas(self) -> bool:
        """Whether a formula stands beside a name."""
        return any(cell.formula for line in self.lines for cell in line.cells)

    @property
    def totals(self) -> list[int]:
        """How many are booked, day by day."""
        return [sum(line.cells[place].booked for line in self.lines) for place in range(len(self.days))]


def week_of(day: date) -> list[date]:
    """Return the days of a week, Monday to Friday."""
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=place) for place in range(7 - CLOSED_WEEKDAYS)]


def paper_sheets(sites: Collection[ActivitySite], days: Sequence[date]) -> list[PaperSheet]:
    """Return the sheets of sites over days, those without any child left out; two queries."""
    standing = AbsenceDay.objects.filter(outcome__in=AbsenceDay.STANDING, booking=OuterRef("pk"))
    rows = Booking.objects.filter(site__in=sites, day__in=days, status=Booking.Status.ACTIVE).select_related("child")
    booked: dict[int, dict[int, dict[date, Booking]]] = defaultdict(lambda: defaultdict(dict))
    children: dict[int, Child] = {}
    for row in rows.annotate(is_announced=Exists(standing)).order_by():
        booked[row.site_id][row.child_id][row.day] = row
        children[row.child_id] = row.child
    marks: dict[tuple[int, int, date], str] = {}
    known = Attendance.objects.filter(site__in=sites, day__in=days).exclude(state=CLEARED).select_related("child")
    for mark in known.order_by():
        marks[mark.site_id, mark.child_id, mark.day] = mark.state
        booked[mark.site_id].setdefault(mark.child_id, {})
        children[mark.child_id] = mark.child
    return [
        PaperSheet(site, list(days), _lines(site.pk, booked[site.pk], children, marks, days))
        for site in sites
        if booked[site.pk]
    ]


def _lines(
    site: int,
    booked: Mapping[int, Mapping[date, Booking]],
    children: Mapping[int, Child],
    marks: Mapping[tuple[int, int, date], str],
    days: Sequence[date],
) -> list[PaperLine]:
    lines = [
        PaperLine(children[pk], [_cell(of_child.get(day), marks.get((site, pk, day), "")) for day in days])
        for pk, of_child in booked.items()
    ]
    return sorted(
        lines, key=lambda line: (line.child.last_name.casefold(), line.child.first_name.casefold(), line.child.pk)
    )


def _cell(booking: Booking | None, state: str) -> Cell:
    formula = SHORT[booking.formula] if booking else ""
    if state:
        return Cell(booking is not None, "présent" if state in CAME else "absent", formula)
    if booking is None:
        return Cell()
    if booking.is_announced:  # type: ignore[attr-defined]
        return Cell(True, "absence annoncée", formula)
    return Cell(True, "jour rendu" if booking.given_back_at else "", formula)


def say_prohibitions(sheets: Collection[PaperSheet]) -> None:
    """Write beside each child who must not collect her; four queries."""
    lines = [line for sheet in sheets for line in sheet.lines]
    if not lines:
        return
    found = collecting_of({line.child.pk: None for line in lines}, day=sheets_day(sheets))
    for line in lines:
        line.banned = found[line.child.pk].banned


def sheets_day(sheets: Collection[PaperSheet]) -> date:
    """Return the first day of some sheets."""
    return min(sheet.days[0] for sheet in sheets)

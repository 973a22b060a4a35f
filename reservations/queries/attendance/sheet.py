"""One sheet, and the list of a day's sheets: a fixed number of queries, whatever the number of children."""

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from accounts.models import User
from families.models import Child
from families.queries.alerts import Alert, Collecting, collecting_of
from reservations.models import AbsenceDay, ActivitySite, Attendance, Booking
from reservations.queries.attendance.scope import sites_of
from reservations.queries.planning import homes_of
from reservations.rules.attendance import CLEARED, AttendanceHours
from reservations.rules.formulas import formula_label

MOST_FOUND = 20


# --- The list of a day ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SheetCount:
    """A sheet in the list of a day: how many children are booked, how many lines are touched."""

    site: ActivitySite
    booked: int
    touched: int
    unbooked: int

    @property
    def is_complete(self) -> bool:
        """Whether each booked child is touched."""
        return self.booked > 0 and self.touched >= self.booked


@dataclass(frozen=True)
class PlaceSheets:
    """The sheets of one place on a day."""

    name: str
    sheets: list[SheetCount]


def sheets_of(user: User, day: date, *, today: date) -> list[PlaceSheets]:
    """Return the sheets of a day that a person may fill, place by place: those with a child booked or touched, and those of an
    activity that runs on such a weekday in a place of hers; three queries."""
    sites = list(sites_of(user, today=today))
    ids = [site.pk for site in sites]
    active = Booking.objects.filter(site__in=ids, day=day, status=Booking.Status.ACTIVE)
    booked = dict(active.order_by().values_list("site_id").annotate(number=Count("pk")))
    marks = Attendance.objects.filter(site__in=ids, day=day).exclude(state=CLEARED).order_by()
    counts = {
        site: (number, unbooked)
        for site, number, unbooked in marks.values_list("site_id").annotate(
            number=Count("pk", filter=Q(booking__isnull=False)), unbooked=Count("pk", filter=Q(booking=None))
        )
    }
    found = [
        SheetCount(site, booked.get(site.pk, 0), *counts.get(site.pk, (0, 0)))
        for site in sites
        if site.pk in booked or site.pk in counts or (not sees_many(sites) and _may_run(site, day))
    ]
    found.sort(key=lambda sheet: (sheet.site.place_name, sheet.site.activity.position, sheet.site.pk))
    return [PlaceSheets(name, list(rows)) for name, rows in groupby(found, key=lambda sheet: sheet.site.place_name)]


def sees_many(sites: Collection[ActivitySite]) -> bool:
    """Say whether the list would be long: empty sheets are then left out."""
    return len(sites) > MOST_FOUND


def _may_run(site: ActivitySite, day: date) -> bool:
    return not site.activity.in_holidays and day.weekday() in site.activity.weekdays


# --- One sheet --------------------------------------------------------------------------------------------------------


@dataclass
class Line:
    """A child of a sheet: what was booked, what the parents said, what is known, who collects her."""

    child: Child
    booking: Booking | None
    attendance: Attendance | None
    formula: str = ""
    announced_at: datetime | None = None
    collecting: Collecting = field(default_factory=Collecting)
    alert: Alert = field(default_factory=Alert)

    @property
    def class_label(self) -> str:
        """« CE1-CE2 de Mme X », or the level."""
        return self.child.class_name or self.child.level

    @property
    def state(self) -> str:
        """What is known, nothing when nobody touched the line or took the touch back."""
        known = self.attendance.state if self.attendance else ""
        return "" if known == CLEARED else known

    @property
    def is_expected(self) -> bool:
        """Whether nothing says that the child will not come."""
        return bool(self.booking and not self.announced_at and not self.booking.given_back_at)

    @property
    def has_more(self) -> bool:
        """Whether there is more to unfold than the line itself."""
        return bool(self.collecting.guardians or self.collecting.adults or self.collecting.alone)


@dataclass(frozen=True)
class Candidate:
    """A child who may come without a booking: name and class, nothing else."""

    pk: int
    name: str
    class_label: str


@dataclass
class Sheet:
    """All of a sheet."""

    site: ActivitySite
    day: date
    lines: list[Line]
    candidates: list[Candidate]

    @property
    def hours(self) -> AttendanceHours:
        """Which hours are noted."""
        return AttendanceHours(self.site.activity.attendance_hours)

    @property
    def booked(self) -> list[Line]:
        """The children booked, and those whose booking was cancelled once touched."""
        return [line for line in self.lines if line.booking]

    @property
    def unbooked(self) -> list[Line]:
        """The children who came without a booking."""
        return [line for line in self.lines if not line.booking]

    @property
    def touched(self) -> int:
        """How many booked children are touched."""
        return sum(bool(line.state) for line in self.booked)


def sheet_of(site: ActivitySite, day: date) -> Sheet:
    """Return a sheet without any health: nine queries."""
    bookings = {row.child_id: row for row in _booked(site, day)}
    known = {row.child_id: row for row in _known(site, day, bookings)}
    lines = [
        Line(row.child, row, known.get(child), formula_label(row.formula), row.announced_at)  # type: ignore[attr-defined]
        for child, row in bookings.items()
    ]
    lines += [
        Line(row.child, row.booking, row, formula_label(row.booking.formula) if row.booking else "")
        for child, row in known.items()
        if child not in bookings and (row.state != CLEARED)
    ]
    lines.sort(key=lambda line: (line.child.last_name.casefold(), line.child.first_name.casefold(), line.child.pk))
    _say_who_collects(lines, day)
    on_sheet = {line.child.pk for line in lines}
    candidates = [
        Candidate(child.pk, child.full_name, child.class_name or child.level)
        for child in expected_children(site)
        if child.pk not in on_sheet
    ]
    return Sheet(site, day, lines, candidates)


def _booked(site: ActivitySite, day: date) -> QuerySet[Booking]:
    standing = AbsenceDay.objects.filter(outcome__in=AbsenceDay.STANDING, booking=OuterRef("pk"))
    rows = Booking.objects.filter(site=site, day=day, status=Booking.Status.ACTIVE).select_related("child")
    return rows.annotate(
        announced_at=Subquery(standing.order_by("pk").values("absence__request__received_at")[:1])
    ).order_by()


def _known(site: ActivitySite, day: date, children: Collection[int]) -> QuerySet[Attendance]:
    rows = Attendance.objects.filter(Q(site=site) | Q(child__in=children), activity=site.activity_id, day=day)
    return rows.select_related("child", "by", "booking").order_by()


def _say_who_collects(lines: Iterable[Line], day: date) -> None:
    lines = list(lines)
    homes = homes_of([line.child.pk for line in lines], day, day)
    households = {
        line.child.pk: line.booking.family_id if line.booking else homes.household(line.child.pk, day) for line in lines
    }
    collecting = collecting_of(households, day=day)
    for line in lines:
        line.collecting = collecting[line.child.pk]


def expected_children(site: ActivitySite) -> QuerySet[Child]:
    """Return the children who may come to a site without a booking: the pupils of its school, or those enrolled in the centre."""
    if site.school_id:
        return Child.objects.filter(school=site.school_id)
    return Child.objects.filter(enrolments__site=site).distinct()


def states_of(sheets: Collection[tuple[int, date]]) -> QuerySet[Attendance]:
    """Return what is known of some sheets (site id, day), for the tablets to merge; one query."""
    wanted = Q(pk=None)
    for site, day in sheets:
        wanted |= Q(site=site, day=day)
    return Attendance.objects.filter(wanted).select_related("by").order_by("site_id", "day", "child_id")


def search(sheet: Sheet, words: str) -> list[Candidate]:
    """Return the candidates whose name holds each of the words, the first twenty."""
    parts = [bare(word) for word in words.split()]
    found = [one for one in sheet.candidates if all(part in bare(one.name) for part in parts)] if parts else []
    return found[:MOST_FOUND]


def bare(text: str) -> str:
    """Return a name without accents nor capitals, as it is searched."""
    letters = unicodedata.normalize("NFD", text.casefold())
    return "".join(letter for letter in letters if unicodedata.category(letter) != "Mn")


# --- Who came, who did not --------------------------------------------------------------------------------------------


def absent_without_a_word(rows: QuerySet[Attendance]) -> QuerySet[Attendance]:
    """Keep the absences that no parent announced, nor gave the day back: « absent sans prévenir »."""
    standing = AbsenceDay.objects.filter(outcome__in=AbsenceDay.STANDING, booking__isnull=False)
    silent = rows.filter(state=Attendance.State.ABSENT, booking__given_back_at=None)
    return silent.exclude(booking__in=standing.values("booking"))


def booked_since(rows: QuerySet[Attendance]) -> QuerySet[Attendance]:
    """Say with each child who came without a booking whether the day was booked afterwards (``booked_later``)."""
    later = Booking.objects.filter(
        child=OuterRef("child"), activity=OuterRef("activity"), day=OuterRef("day"), status=Booking.Status.ACTIVE
    )
    return rows.annotate(booked_later=Subquery(later.values("booked_at")[:1]), household=F("family__name"))

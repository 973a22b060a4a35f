"""How full the sites are, day by day: what agents see at a glance. The number of queries depends on nothing that is shown."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from django.db.models import Count, Q

from castres_portal.base.french import long_day
from castres_portal.base.plots import Plot, Point, bar_plot
from reservations.models import Activity, ActivitySite, Booking, SiteDay, WaitingEntry
from reservations.queries.planning import (
    SiteAndDay,
    holiday_spans,
    policy_of,
    school_calendar,
    stops_between,
)
from reservations.rules.calendar import ClosedDay, ClosureKind, SchoolCalendar, days_between
from reservations.rules.closures import Stop
from reservations.rules.filling import MARKS, NONE, Figures, State, state_of
from reservations.rules.holidays import HolidaySpan, why_no_holiday

SHORT_DAYS = ("lu.", "ma.", "me.", "je.", "ve.", "sa.", "di.")
# Days on which nobody expects the activity: their column is left out unless somebody is booked.
EXPECTED = (ClosureKind.WEEKEND, ClosureKind.OUT_OF_YEAR, ClosureKind.HOLIDAYS, ClosureKind.NO_PERIOD)
Status = WaitingEntry.Status


@dataclass(frozen=True)
class SiteCell:
    """A site on a day. ``note`` says why it is closed, or whom a closure touches in part; ``own`` whether the day has places of
    its own."""

    site: ActivitySite
    day: date
    figures: Figures
    state: State
    note: str = ""
    own: int | None = None

    @property
    def runs(self) -> bool:
        """Whether children may come."""
        return self.state not in (State.CLOSED, State.OFF)

    @property
    def mark(self) -> str:
        """The shape that stands for the state."""
        return MARKS[self.state]

    @property
    def iso(self) -> str:
        """The day as an address writes it."""
        return self.day.isoformat()

    @property
    def words(self) -> str:
        """What the cell says besides its figures: « reste 3 », « fermé : Grève »."""
        return self.figures.left_words if self.runs else f"fermé\u00a0: {self.note}" if self.note else "ne se tient pas"


@dataclass(frozen=True)
class Head:
    """A day at the top of a table."""

    day: date
    is_today: bool

    @property
    def label(self) -> str:
        """« lundi 7 décembre 2026 »."""
        return long_day(self.day)

    @property
    def weekday(self) -> str:
        """« lu. »."""
        return SHORT_DAYS[self.day.weekday()]


@dataclass(frozen=True)
class SiteRow:
    """A site over the days of its table."""

    site: ActivitySite
    cells: Sequence[SiteCell]

    @cached_property
    def total(self) -> Figures:
        """The sum of its days, closed ones without their places."""
        return _sum(self.cells)

    @cached_property
    def full_days(self) -> int:
        """How many days have no place left."""
        return sum(cell.state in (State.FULL, State.OVER) for cell in self.cells)


@dataclass(frozen=True)
class DayTotal:
    """All the sites of an activity on a day."""

    figures: Figures
    runs: bool
    state: State


@dataclass(frozen=True)
class FillingTable:
    """An activity: its sites down, its days across."""

    activity: Activity
    heads: Sequence[Head]
    rows: Sequence[SiteRow]
    plot: Plot | None = None

    @cached_property
    def foot(self) -> Sequence[DayTotal]:
        """The sum of each day."""
        return [_day_total([row.cells[place] for row in self.rows]) for place in range(len(self.heads))]

    @cached_property
    def total(self) -> Figures:
        """The sum of everything."""
        total = NONE
        for row in self.rows:
            total += row.total
        return total

    @cached_property
    def full_days(self) -> int:
        """How many days of a site have no place left."""
        return sum(row.full_days for row in self.rows)


@dataclass(frozen=True)
class Filling:
    """What the page shows: a table an activity, between two days."""

    first: date
    last: date
    tables: Sequence[FillingTable] = field(default_factory=tuple)


def _sum(cells: Iterable[SiteCell]) -> Figures:
    total = NONE
    for cell in cells:
        figures = cell.figures
        if not cell.runs:
            figures = Figures(0, figures.booked, figures.offered, figures.waiting, figures.given_back)
        total += figures
    return total


def _day_total(cells: Sequence[SiteCell]) -> DayTotal:
    figures, runs = _sum(cells), any(cell.runs for cell in cells)
    if runs:
        return DayTotal(figures, runs, state_of(figures))
    return DayTotal(figures, runs, State.CLOSED if any(c.state == State.CLOSED for c in cells) else State.OFF)


# --- When a site runs -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Timetable:
    """When sites run between two days."""

    calendar: SchoolCalendar
    holidays: dict[int, list[HolidaySpan]]
    stops: Sequence[Stop]

    def why_not(self, site: ActivitySite, day: date) -> tuple[State | None, str]:
        """Return the state of a day on which a site does not run, and its name; with a state of None it runs, and the name is
        that of the closure that touches some of its children."""
        if day.weekday() not in policy_of(site.activity).weekdays:
            return State.OFF, ""
        closed: ClosedDay | None
        if site.activity.in_holidays:
            closed = why_no_holiday(self.holidays.get(site.activity_id, ()), day)
        else:
            closed = self.calendar.why_closed(day)
        if closed:
            return (State.OFF, "") if closed.kind in EXPECTED else (State.CLOSED, closed.label)
        partly = ""
        for stop in self.stops:
            if not _may_touch(stop, site, day):
                continue
            whole = not stop.level and not stop.class_name and stop.school in (None, site.school_id)
            if whole:
                return State.CLOSED, stop.label
            partly = f"{stop.label}, pour une partie des enfants"
        return None, partly


def _may_touch(stop: Stop, site: ActivitySite, day: date) -> bool:
    """Whether a closure touches children of a site: all of them, or the pupils of a school, a level, a class."""
    return (
        stop.starts_on <= day <= stop.ends_on
        and (not stop.activities or site.activity_id in stop.activities)
        and stop.site in (None, site.pk)
        and (stop.school is None or site.school_id in (None, stop.school))
    )


def timetable(sites: Collection[ActivitySite], first: date, last: date) -> Timetable:
    """Read when sites run between two days; three queries at most."""
    seasonal = {site.activity_id for site in sites if site.activity.in_holidays}
    spans = holiday_spans(seasonal, first, last) if seasonal else {}
    return Timetable(school_calendar(), spans, stops_between(first, last))


# --- The figures ------------------------------------------------------------------------------------------------------


def figures_of(
    sites: Collection[ActivitySite], days: Q, *, at: datetime
) -> tuple[dict[SiteAndDay, Figures], dict[SiteAndDay, int]]:
    """Count the children of sites on days, and return besides the places that some days have of their own; three queries.

    A day that is not named has nobody, and the places of its site.
    """
    usual = {site.pk: site.places for site in sites}
    rows = SiteDay.objects.filter(days, site__in=usual, places__isnull=False)
    own: dict[SiteAndDay, int] = {
        (site, day): places
        for site, day, places in rows.order_by().values_list("site_id", "day", "places")
        if places is not None and usual[site] is not None
    }
    active = Booking.objects.filter(days, site__in=usual, status=Booking.Status.ACTIVE).order_by()
    back = Q(given_back_at__isnull=False)
    booked: dict[SiteAndDay, tuple[int, int]] = {
        (site, day): (all_, given)
        for site, day, all_, given in active.values_list("site_id", "day").annotate(
            all=Count("pk"), given=Count("pk", filter=back)
        )
    }
    running = Q(status=Status.OFFERED, offered_until__gt=at)
    standing = WaitingEntry.objects.filter(days, site__in=usual, status__in=WaitingEntry.STANDING).order_by()
    waits: dict[SiteAndDay, tuple[int, int]] = {
        (site, day): (waiting, offered)
        for site, day, waiting, offered in standing.values_list("site_id", "day").annotate(
            waiting=Count("pk", filter=Q(status=Status.WAITING)), offered=Count("pk", filter=running)
        )
    }
    found: dict[SiteAndDay, Figures] = {}
    for key in own.keys() | booked.keys() | waits.keys():
        (all_, given), (waiting, offered) = booked.get(key, (0, 0)), waits.get(key, (0, 0))
        found[key] = Figures(own.get(key, usual[key[0]]), all_ - given, offered, waiting, given)
    return found, own


def cells_of(sites: Collection[ActivitySite], first: date, last: date, *, at: datetime) -> dict[SiteAndDay, SiteCell]:
    """Return each site on each day between two; six queries at most."""
    times = timetable(sites, first, last)
    counted, own = figures_of(sites, Q(day__range=(first, last)), at=at)
    days = list(days_between(first, last))
    found = {}
    for site in sites:
        for day in days:
            figures = counted.get((site.pk, day)) or Figures(site.places)
            state, note = times.why_not(site, day)
            found[site.pk, day] = SiteCell(
                site, day, figures, state or state_of(figures), note, own.get((site.pk, day))
            )
    return found


def sites_of(activity: int | None, site: int | None = None) -> list[ActivitySite]:
    """Return the sites of an activity (id), or of all that are open to families, in the order of the pages; one query."""
    rows = ActivitySite.objects.select_related("activity", "school", "venue")
    rows = rows.filter(activity=activity) if activity else rows.filter(activity__is_open=True)
    if site:
        rows = rows.filter(pk=site)
    return sorted(rows, key=lambda one: (one.activity.position, one.activity.name, one.activity_id, one.place_name))


def filling(sites: Sequence[ActivitySite], first: date, last: date, *, at: datetime, today: date) -> Filling:
    """Return how full sites are between two days, a table an activity; six queries at most."""
    cells = cells_of(sites, first, last, at=at)
    days = list(days_between(first, last))
    by_activity: dict[int, list[ActivitySite]] = {}
    for site in sites:
        by_activity.setdefault(site.activity_id, []).append(site)
    tables = []
    for mine in by_activity.values():
        shown = [day for day in days if any(_is_worth_a_column(cells[site.pk, day]) for site in mine)]
        heads = [Head(day, day == today) for day in shown]
        rows = [SiteRow(site, [cells[site.pk, day] for day in shown]) for site in mine]
        tables.append(FillingTable(mine[0].activity, heads, rows, _plot(mine, heads, rows)))
    return Filling(first, last, tables)


def _is_worth_a_column(cell: SiteCell) -> bool:
    return cell.state != State.OFF or not cell.figures.is_empty


def _plot(sites: Sequence[ActivitySite], heads: Sequence[Head], rows: Sequence[SiteRow]) -> Plot | None:
    """Draw the children of each day against its places, those who wait above."""
    if not heads:
        return None
    activity = sites[0].activity
    where = f", {sites[0].place_name}" if len(sites) == 1 else ""
    points = []
    for place, head in enumerate(heads):
        total = _day_total([row.cells[place] for row in rows])
        figures = total.figures
        points.append(
            Point(
                head.label,
                f"{head.weekday} {head.day.day}",
                (figures.booked, figures.offered, figures.waiting),
                limit=figures.places if total.runs else None,
                group=f"semaine {head.day.isocalendar().week}",
                marked=head.is_today,
                note="" if total.runs else "fermé",
            )
        )
    series = ("Réservées", "Proposées à la liste d’attente", "En attente")
    return bar_plot(f"{activity.name}{where}\u00a0: enfants par jour", series, points, key=f"remplissage-{activity.pk}")

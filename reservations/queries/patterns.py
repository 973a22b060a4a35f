"""What a household can book by the week: its children, their activities and habits, and the days that each tool asks for."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from castres_portal.base.french import month_name
from families.models import Child, Custody, Family
from families.rules.custody import doubled_week
from reservations.models import Activity, ActivityFormula, Booking, Enrolment
from reservations.queries.habits import UsualWeek, usual_weeks
from reservations.queries.planning import (
    Planning,
    Slot,
    enrolments_of,
    load_planning,
    policy_of,
    school_calendar,
)
from reservations.rules.calendar import ClosureKind, SchoolCalendar, days_between, month_bounds
from reservations.rules.changes import DayChanges
from reservations.rules.decide import Period
from reservations.rules.months import first_open_day, next_month
from reservations.rules.patterns import Sifted, WeekPattern, copy_of_month, pattern_days, sift

Wanted = tuple[int, str]  # a child (id) and an activity (slug)


@dataclass(frozen=True)
class Service:
    """An activity in which children of the household are enrolled, and the formulas that it offers."""

    activity: Activity
    formulas: tuple[str, ...]
    children: frozenset[int]


@dataclass
class Desk:
    """A household's children and activities from today on, as the tools of the week show them."""

    family: Family
    at: datetime
    calendar: SchoolCalendar
    enrolments: list[Enrolment]
    services: list[Service]
    usual: Mapping[Slot, UsualWeek]

    @property
    def today(self) -> date:
        """The day on which it is asked."""
        return self.at.date()

    @property
    def week_number(self) -> int:
        """The ISO number of this week."""
        return self.today.isocalendar().week

    @cached_property
    def children(self) -> list[Child]:
        """The children enrolled in something, the eldest first."""
        return list({row.child_id: row.child for row in self.enrolments}.values())

    @cached_property
    def weekly(self) -> list[Service]:
        """The services of the school weeks: holiday centres have their own periods."""
        return [service for service in self.services if not service.activity.in_holidays]

    @cached_property
    def first_day(self) -> date | None:
        """The first day that can still be booked in any of them."""
        found = [self._first_open(service) for service in self.weekly]
        return min((day for day in found if day), default=None)

    def _first_open(self, service: Service) -> date | None:
        rows = [row for row in self.enrolments if row.activity_id == service.activity.pk]
        periods = [Period(row.starts_on, row.ends_on) for row in rows]
        return first_open_day(self.calendar, policy_of(service.activity), periods, self.at)

    @cached_property
    def last_day(self) -> date:
        """The last day of any enrolment."""
        return max((row.ends_on for row in self.enrolments), default=self.today)

    @property
    def year_end(self) -> date:
        """The last day of class of the year of the first open day: next year's enrolments are not mixed with this one's."""
        first = self.first_day or self.today
        return next((year.ends_on for year in self.calendar.years if year.ends_on >= first), self.last_day)

    def months(self) -> list[date]:
        """The months that can be booked, from the one of the first open day to the end of the year, each by its first day."""
        found: list[date] = []
        month = (self.first_day or self.today).replace(day=1)
        while month <= self.last_day and len(found) < 14:
            found.append(month)
            month = next_month(month)
        return found

    def slots(self, children: Collection[int], services: Iterable[Service]) -> list[tuple[Child, Service]]:
        """Return each child (of some ids) with each service in which she is enrolled."""
        services = list(services)
        return [
            (child, service)
            for child in self.children
            if child.pk in children
            for service in services
            if child.pk in service.children
        ]

    def planning(self, slots: Iterable[tuple[Child, Service]], first: date, last: date) -> Planning:
        """Read the days of some children in some services; the queries of ``load_planning``."""
        keys = {(child.pk, service.activity.pk) for child, service in slots}
        rows = [row for row in self.enrolments if (row.child_id, row.activity_id) in keys]
        return load_planning(self.family, rows, first, last, at=self.at)


def desk_of(family: Family, *, at: datetime) -> Desk:
    """Return what a household can book by the week; four queries."""
    enrolments = list(enrolments_of(family).filter(ends_on__gte=at.date()))
    formulas: dict[int, list[str]] = {}
    offered = ActivityFormula.objects.filter(activity__in={row.activity_id for row in enrolments})
    for activity, formula in offered.order_by("position", "formula").values_list("activity_id", "formula"):
        formulas.setdefault(activity, []).append(formula)
    activities = {row.activity_id: row.activity for row in enrolments}
    services = [
        Service(
            activity,
            tuple(formulas.get(activity.pk, ())),
            frozenset(row.child_id for row in enrolments if row.activity_id == activity.pk),
        )
        for activity in sorted(activities.values(), key=lambda activity: (activity.position, activity.name))
    ]
    return Desk(family, at, school_calendar(), enrolments, services, usual_weeks(family, today=at.date()))


# --- What is asked for ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wish:
    """The pattern of one child in one service, under a formula where there is one."""

    child: Child
    service: Service
    pattern: WeekPattern
    formula: str = ""


@dataclass
class Plan:
    """What is asked for, before it is decided: the days of each child in each activity, and what was left aside.

    ``elsewhere`` are a child's days in the other household, ``closed`` those on which nothing runs (holidays, public holidays);
    ``not_enrolled`` the children and activities that were named without an enrolment; ``doubled`` the Monday of a week 1 that
    follows a week 53, when the pattern has it; ``note`` what the family should know of where the days come from.
    """

    changes: dict[Wanted, DayChanges] = field(default_factory=dict)
    elsewhere: dict[str, set[date]] = field(default_factory=dict)
    closed: set[date] = field(default_factory=set)
    not_enrolled: list[tuple[str, str]] = field(default_factory=list)
    doubled: date | None = None
    note: str = ""

    def add(self, child: Child, service: Service, sifted: Sifted, formulas: Mapping[date, str]) -> None:
        """Ask for days of a child in a service, under the formula of each."""
        self._leave_aside(child, sifted)
        if sifted.asked:
            self.changes[child.pk, service.activity.slug] = DayChanges(
                additions=frozenset(sifted.asked),
                formulas={day: formula for day in sifted.asked if (formula := formulas[day])},
            )

    def _leave_aside(self, child: Child, sifted: Sifted) -> None:
        self.closed |= set(sifted.closed)
        if sifted.elsewhere:
            self.elsewhere.setdefault(child.first_name, set()).update(sifted.elsewhere)

    @property
    def left_elsewhere(self) -> list[tuple[str, int]]:
        """How many days of each child are the other household's."""
        return [(name, len(days)) for name, days in self.elsewhere.items()]


def plan_pattern(desk: Desk, wishes: Collection[Wish], first: date, last: date) -> Plan:
    """Ask for the days of week patterns between two days, both included; the queries of one planning."""
    plan = Plan()
    if not wishes:
        return plan
    planning = desk.planning([(wish.child, wish.service) for wish in wishes], first, last)
    for wish in wishes:
        days = pattern_days(wish.pattern, first, last)
        sifted = _sifted(planning, wish.child, wish.service, days)
        plan.add(wish.child, wish.service, sifted, dict.fromkeys(days, wish.formula))
        if wish.pattern.weeks != "toutes":
            rhythm = Custody.Rhythm.ODD if wish.pattern.weeks == "impaires" else Custody.Rhythm.EVEN
            plan.doubled = doubled_week(rhythm, first, last)
    return plan


def plan_month_copy(desk: Desk, slots: Collection[tuple[Child, Service]], source: date, target: date) -> Plan:
    """Ask for the days of a month (its first day) as those of another were booked, weekday by weekday."""
    plan = Plan(note=f"D’après {month_name(source)}, jour de la semaine par jour de la semaine.")
    if not slots:
        return plan
    of_source, of_target = month_bounds(source), month_bounds(target)
    planning = desk.planning(slots, min(of_source[0], of_target[0]), max(of_source[1], of_target[1]))
    for child, service in slots:
        slot = (child.pk, service.activity.pk)
        booked = {day: row.formula for day, row in _own(planning, slot).items() if day.replace(day=1) == of_source[0]}
        before = _sifted(planning, child, service, _running(planning, slot, *of_source))
        after = _sifted(planning, child, service, _running(planning, slot, *of_target))
        wanted = copy_of_month(booked, {*before.asked, *booked}, after.asked)
        plan.add(child, service, Sifted(sorted(wanted)), wanted)
    return plan


def plan_copy_to(
    desk: Desk, source: Child, others: Collection[Child], services: Collection[Service], first: date, last: date
) -> Plan:
    """Ask for children what another child has booked between two days, in the services where they are enrolled too."""
    plan = Plan()
    mine = [(source, service) for service in services if source.pk in service.children]
    theirs = [(child, service) for child in others for _, service in mine if child.pk in service.children]
    plan.not_enrolled = [
        (child.first_name, service.activity.name)
        for child in others
        for _, service in mine
        if child.pk not in service.children
    ]
    if not theirs:
        return plan
    planning = desk.planning([*mine, *theirs], first, last)
    for child, service in theirs:
        booked = {day: row.formula for day, row in _own(planning, (source.pk, service.activity.pk)).items()}
        sifted = _sifted(planning, child, service, sorted(booked))
        plan.add(child, service, sifted, booked)
    return plan


def plan_clearing(desk: Desk, slots: Collection[tuple[Child, Service]], first: date, last: date) -> Plan:
    """Ask to give back every day booked between two days."""
    plan = Plan()
    if not slots:
        return plan
    planning = desk.planning(slots, first, last)
    for child, service in slots:
        days = frozenset(_own(planning, (child.pk, service.activity.pk)))
        if days:
            plan.changes[child.pk, service.activity.slug] = DayChanges(removals=days)
    return plan


def _own(planning: Planning, slot: Slot) -> dict[date, Booking]:
    """The household's own bookings of a child in an activity, by day."""
    return {
        day: booking
        for (child, activity, day), booking in planning.bookings.items()
        if (child, activity) == slot and booking.family_id == planning.family
    }


def _running(planning: Planning, slot: Slot, first: date, last: date) -> list[date]:
    """The days of an activity's weekdays."""
    weekdays = planning.policies[slot[1]].weekdays
    return [day for day in days_between(first, last) if day.weekday() in weekdays]


def _sifted(planning: Planning, child: Child, service: Service, days: Iterable[date]) -> Sifted:
    """Sift days; one that agents closed is still asked for, so that the family is told why it is refused."""
    slot = (child.pk, service.activity.pk)

    def runs(day: date) -> bool:
        closed = planning.why_closed(slot, day)
        return closed is None or closed.kind == ClosureKind.STOPPED

    return sift(days, at_home=lambda day: planning.homes.household(child.pk, day) == planning.family, runs=runs)

"""« Mes réservations »: the next days, what can still change and until when, the way in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from families.models import Child, Family
from families.queries.households import children_of
from reservations.models import Activity, Booking, Enrolment
from reservations.queries.planning import Planning, Slot, enrolments_of, family_order, load_planning
from reservations.rules.calendar import days_between
from reservations.rules.decide import Decision, Period, decide
from reservations.rules.formulas import formula_label
from reservations.rules.months import first_open_day

SOON = timedelta(days=7)  # deadlines and days that are told
AHEAD = timedelta(days=24)  # days whose deadline may fall that soon: the longest usual notice and two weeks
MOST_DEADLINES = 3
MOST_DAYS = 3


@dataclass(frozen=True)
class NextDay:
    """A day on which something is booked; each child's activities, in words."""

    day: date
    children: Sequence[tuple[Child, str]]


@dataclass(frozen=True)
class Deadline:
    """What can change until one instant, which ``until_text`` says; what is booked and what is free, in words."""

    until: datetime
    until_text: str
    days: Sequence[date]
    booked: str
    free: str


@dataclass(frozen=True)
class ChildWays:
    """A child and the activities in which she is enrolled; none when she is not."""

    child: Child
    activities: Sequence[Activity]


@dataclass(frozen=True)
class Overview:
    """What templates/reservations/index.html shows; ``month`` is the first that can still change, None with nothing to change."""

    children: Sequence[ChildWays]
    next_days: Sequence[NextDay]
    deadlines: Sequence[Deadline]
    month: date | None
    today: date


def overview(family: Family, *, at: datetime) -> Overview:
    """Return the short of a household's reservations; eleven queries at most, whatever its children."""
    today = at.date()
    enrolments = sorted(enrolments_of(family).filter(ends_on__gte=today).order_by(), key=family_order)
    planning = load_planning(family, enrolments, today, today + AHEAD, at=at)
    return Overview(
        children=[_ways(child, enrolments) for child in children_of(family, on=today)],
        next_days=_next_days(planning, today)[:MOST_DAYS],
        deadlines=_deadlines(planning, at),
        month=_month(planning, enrolments, at),
        today=today,
    )


def _ways(child: Child, enrolments: Iterable[Enrolment]) -> ChildWays:
    mine = {row.activity_id: row.activity for row in enrolments if row.child_id == child.pk}
    return ChildWays(child, list(mine.values()))


def _month(planning: Planning, enrolments: Sequence[Enrolment], at: datetime) -> date | None:
    """The month of the first day that can still be booked, else of what is left of the enrolments."""
    firsts = [
        first_open_day(planning.calendar, planning.policies[slot[1]], _periods(rows), at)
        for slot, rows in planning.enrolments.items()
        if not planning.policies[slot[1]].in_holidays
    ]
    found = [first for first in firsts if first]
    if found:
        return min(found).replace(day=1)
    return max(at.date(), min(row.starts_on for row in enrolments)).replace(day=1) if enrolments else None


def _periods(rows: Iterable[Enrolment]) -> list[Period]:
    return [Period(row.starts_on, row.ends_on) for row in rows]


def _next_days(planning: Planning, today: date) -> list[NextDay]:
    """The days of the coming week on which something is booked, today included."""
    found = []
    for day in days_between(today, today + SOON - timedelta(days=1)):
        children: dict[int, list[str]] = {}
        for child, activity in planning.enrolments:
            if booking := planning.own_booking((child, activity), day):
                children.setdefault(child, []).append(_said(planning.activities[activity], booking))
        if children:
            found.append(NextDay(day, [(planning.children[pk], ", ".join(said)) for pk, said in children.items()]))
    return found


def _said(activity: Activity, booking: Booking) -> str:
    note = "absence annoncée" if getattr(booking, "absence", None) else formula_label(booking.formula).lower()
    return f"{activity.name} ({note})" if note else activity.name


def _deadlines(planning: Planning, at: datetime) -> list[Deadline]:
    """The next instants after which days can no longer change, within a week, each with what it is about."""
    open_days: dict[datetime, list[tuple[Slot, date, Decision]]] = {}
    for slot in planning.enrolments:
        for day in days_between(at.date(), at.date() + AHEAD):
            decision = decide(planning.context(slot, day), at)
            if decision.is_open and decision.until and decision.until - at <= SOON:
                open_days.setdefault(decision.until, []).append((slot, day, decision))
    return [_deadline(planning, until, open_days[until]) for until in sorted(open_days)[:MOST_DEADLINES]]


def _deadline(planning: Planning, until: datetime, rows: Sequence[tuple[Slot, date, Decision]]) -> Deadline:
    return Deadline(
        until,
        rows[0][2].until_text,
        sorted({day for _, day, _ in rows}),
        _named(planning, [slot for slot, _, decision in rows if decision.can_cancel]),
        _named(planning, [slot for slot, _, decision in rows if decision.can_add]),
    )


def _named(planning: Planning, slots: Iterable[Slot]) -> str:
    """« Restauration scolaire (Léa, Tom), Garderie du soir (Léa) »."""
    names: dict[int, dict[int, str]] = {}
    for child, activity in slots:
        names.setdefault(activity, {})[child] = planning.children[child].first_name
    return ", ".join(f"{planning.activities[pk].name} ({', '.join(of.values())})" for pk, of in names.items())

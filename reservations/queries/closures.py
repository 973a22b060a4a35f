"""Whom a closure touches: for the agent who is about to decide it, and for the families who read it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from castres_portal.base.french import plain_day, short_day
from families.models import Child, Family, FamilyRequest
from reservations.models import AbsenceDay, Activity, Booking, Closure, ClosureNotice, Enrolment, WaitingEntry
from reservations.queries.planning import policy_of, pupil_of, school_calendar, stops_between
from reservations.queries.receipts import answers_by_child, lines_of
from reservations.rules.calendar import SchoolCalendar, days_between
from reservations.rules.closures import Stop

COMING_DAYS = 30


def scope_of(closure: Closure, activities: Collection[int]) -> Q:
    """Return whom a closure concerns, as a filter of rows that have a child, an activity and a site (bookings, enrolments)."""
    scope = Q(activity__in=activities) if activities else Q()
    if closure.school_id:
        scope &= Q(child__school=closure.school_id)
    if closure.level:
        scope &= Q(child__level=closure.level)
    if closure.class_name:
        scope &= Q(child__class_name=closure.class_name)
    return scope & Q(site=closure.site_id) if closure.site_id else scope


def bookings_under(closure: Closure, activities: Collection[int]) -> QuerySet[Booking]:
    """Return the active bookings that a closure frees."""
    days = Q(day__range=(closure.starts_on, closure.ends_on))
    return Booking.objects.filter(scope_of(closure, activities), days, status=Booking.Status.ACTIVE)


def children_under(closure: Closure, activities: Collection[int]) -> QuerySet[Child]:
    """Return the children who could book a day that a closure closes."""
    days = Q(starts_on__lte=closure.ends_on, ends_on__gte=closure.starts_on)
    return Child.objects.filter(pk__in=Enrolment.objects.filter(scope_of(closure, activities), days).values("child"))


def waits_under(closure: Closure, activities: Collection[int]) -> QuerySet[WaitingEntry]:
    """Return who waits for a place on a day that a closure closes."""
    days = Q(day__range=(closure.starts_on, closure.ends_on))
    return WaitingEntry.objects.filter(scope_of(closure, activities), days, status__in=WaitingEntry.STANDING)


@dataclass(frozen=True)
class ClosedRow:
    """An activity on a day: how many bookings are freed, and how many of them could no longer be cancelled (ordered)."""

    activity: Activity
    day: date
    bookings: int
    ordered: int


@dataclass(frozen=True)
class Affected:
    """What a closure would do, before it is decided."""

    rows: list[ClosedRow]
    children: int
    households: int
    waits: int
    absences: int

    @property
    def bookings(self) -> int:
        """How many bookings are freed."""
        return sum(row.bookings for row in self.rows)

    @property
    def ordered(self) -> int:
        """How many of them the kitchen or the centre already counts on."""
        return sum(row.ordered for row in self.rows)


def affected(closure: Closure, activities: Collection[int], *, at: datetime) -> Affected:
    """Say whom a closure, saved or not, touches; five queries."""
    bookings = bookings_under(closure, activities)
    counts = bookings.order_by("activity__position", "day").values("activity_id", "day").annotate(number=Count("pk"))
    known = Activity.objects.in_bulk({row["activity_id"] for row in counts})
    rows = [_row(known[row["activity_id"]], row["day"], row["number"], at) for row in counts]
    who = bookings.order_by().aggregate(
        children=Count("child_id", distinct=True), households=Count("family_id", distinct=True)
    )
    absences = AbsenceDay.objects.filter(outcome__in=AbsenceDay.STANDING, booking__in=bookings.order_by().values("pk"))
    return Affected(
        rows, who["children"], who["households"], waits_under(closure, activities).count(), absences.count()
    )


def _row(activity: Activity, day: date, number: int, at: datetime) -> ClosedRow:
    return ClosedRow(activity, day, number, number if at >= policy_of(activity).cancel.until(day) else 0)


def scope_words(closure: Closure, activities: Iterable[Activity]) -> str:
    """Say whom a closure touches: « École Centre, niveau CP : restauration scolaire »."""
    where = [
        str(closure.school) if closure.school_id else "",
        closure.site.place_name if closure.site_id and closure.site else "",
        f"niveau {closure.level}" if closure.level else "",
        f"classe {closure.class_name}" if closure.class_name else "",
    ]
    said = ", ".join(part for part in where if part) or "toute la ville"
    names = [activity.name for activity in activities]
    return f"{said}\u00a0: {', '.join(names) if names else 'tous les services'}"


def days_words(closure: Closure) -> str:
    """Say the days of a closure: « le 10 décembre 2026 », « du 10 au 11 décembre 2026 »."""
    if closure.starts_on == closure.ends_on:
        return f"le {plain_day(closure.starts_on)}"
    return f"du {plain_day(closure.starts_on)} au {plain_day(closure.ends_on)}"


# --- For the families -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ComingClosure:
    """A closure of the coming days, and the children of the household whom it touches."""

    label: str
    days: str
    children: list[str]
    activities: list[str]


def coming_closures(family: Family, *, today: date) -> list[ComingClosure]:
    """Return the closures of the next thirty days that touch the children of a household, nearest first; three queries.

    Only the services that would have run on one of these days are named.
    """
    last = today + timedelta(days=COMING_DAYS)
    stops = stops_between(today, last)
    if not stops:
        return []
    rows = Enrolment.objects.filter(family=family, starts_on__lte=last, ends_on__gte=today)
    enrolments = list(rows.select_related("child", "activity").order_by("child__birth_date", "activity__position"))
    found, calendar = [], school_calendar()
    for stop in sorted(stops, key=lambda stop: (stop.starts_on, stop.label)):
        mine = [row for row in enrolments if _touches(stop, row) and _would_run(stop, row.activity, calendar)]
        if mine:
            children = list(dict.fromkeys(row.child.first_name for row in mine))
            activities = list(dict.fromkeys(row.activity.name for row in mine))
            found.append(ComingClosure(stop.label, _days(stop), children, activities))
    return found


def _touches(stop: Stop, row: Enrolment) -> bool:
    day = max(stop.starts_on, row.starts_on)
    return day <= row.ends_on and stop.touches(day, row.activity_id, row.site_id, pupil_of(row.child))


def _would_run(stop: Stop, activity: Activity, calendar: SchoolCalendar) -> bool:
    rule = policy_of(activity)
    return any(
        day.weekday() in rule.weekdays and calendar.is_school_day(day) != rule.in_holidays
        for day in days_between(stop.starts_on, stop.ends_on)
    )


def _days(stop: Stop) -> str:
    if stop.starts_on == stop.ends_on:
        return f"le {short_day(stop.starts_on)}"
    return f"du {short_day(stop.starts_on)} au {short_day(stop.ends_on)}"


def closure_detail(request: FamilyRequest) -> dict[str, Any]:
    """Return what the page of a household's closure request shows; three queries."""
    notice = ClosureNotice.objects.select_related("closure__school", "closure__site__venue", "receipt").get(
        receipt__request=request
    )
    return {
        "closure": notice.closure,
        "undone": notice.undone,
        "days": days_words(notice.closure),
        "answers": answers_by_child(lines_of(notice.receipt)),
    }

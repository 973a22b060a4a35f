"""Whom to remind of which usual days: read for many households at once, decided by the function that the calendar shows."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from families.models import Family, Guardian
from reservations.models import Activity, Booking, DayReminder, Enrolment, RemindedDay, ReminderStop
from reservations.queries.planning import (
    Homes,
    Planning,
    Slot,
    enrolments_of_many,
    homes_of,
    places_left,
    policy_of,
    school_calendar,
    stops_between,
)
from reservations.rules.calendar import SchoolCalendar, days_between
from reservations.rules.changes import DayChanges
from reservations.rules.closures import Stop
from reservations.rules.decide import decide
from reservations.rules.habits import WEEKS_BACK, days_to_remind, usual_formula

Due = Mapping[int, Collection[date]]  # activity (id): the days to speak of
SALT = "reservations.reminder"
STOP_SALT = "reservations.reminder.stop"
WEEK = timedelta(days=7)


def days_before() -> int:
    """Return how many days before a deadline households are reminded; 0 when they never are."""
    return int(settings.BOOKING_REMINDERS["days_before"])


def due_days(*, at: datetime) -> dict[int, list[date]]:
    """Return the days to remind of at an instant, by activity (id); two queries. Holiday centres have periods, not habits."""
    if days_before() <= 0:
        return {}
    calendar, today, found = school_calendar(), at.date(), {}
    for activity in Activity.objects.filter(is_open=True, season=Activity.Season.SCHOOL):
        policy = policy_of(activity)
        horizon = today + timedelta(days=policy.add.longest_notice + days_before()) + WEEK
        days = [
            day
            for day in days_between(today, horizon)
            if day.weekday() in policy.weekdays and calendar.is_school_day(day)
        ]
        if due := days_to_remind(policy.add, days, days_before=days_before(), at=at):
            found[activity.pk] = due
    return found


def recipients(families: Collection[int]) -> dict[int, list[Guardian]]:
    """Return, by household (id), the guardians who have a space, every right, and take reminders; one query."""
    rows = _willing().filter(family__in=families).select_related("user", "family").order_by("-pays", "pk")
    found: dict[int, list[Guardian]] = defaultdict(list)
    for guardian in rows:
        found[guardian.family_id].append(guardian)
    return dict(found)


def _willing() -> QuerySet[Guardian]:
    stopped = ReminderStop.objects.filter(guardian=OuterRef("pk"))
    return Guardian.objects.filter(~Exists(stopped), user__isnull=False, rights=Guardian.Rights.FULL)


def households_concerned(due: Due, after: int, number: int) -> list[int]:
    """Return the next households (ids) with a child enrolled in what is due, and somebody to write to; one query."""
    if not due:
        return []
    last = max(day for days in due.values() for day in days)
    first = min(day for days in due.values() for day in days)
    enrolled = Enrolment.objects.filter(
        family=OuterRef("pk"), activity__in=due, starts_on__lte=last, ends_on__gte=first
    )
    willing = _willing().filter(family=OuterRef("pk"))
    rows = Family.objects.filter(Exists(enrolled), Exists(willing), pk__gt=after)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:number])


@dataclass(frozen=True)
class MissingDay:
    """A usual day of a child that can still be booked and is not; ``until`` is the first instant when it no longer can."""

    family: int
    child: int
    activity: int
    day: date
    formula: str
    until: datetime


@dataclass
class _Past:
    """What households booked before, and what they gave back or were already told of."""

    booked: dict[tuple[int, Slot], dict[date, str]] = field(default_factory=lambda: defaultdict(dict))
    given_back: set[tuple[int, Slot, date]] = field(default_factory=set)
    told: set[tuple[int, Slot, date]] = field(default_factory=set)


def missing_days(
    families: Collection[int], due: Due, *, at: datetime, told_too: bool = False
) -> dict[int, list[MissingDay]]:
    """Return the usual days that some households have not booked, by household (id).

    Left out: what the household gave back itself, what cannot be booked (public holiday, closure, other household's week, full,
    too late), and unless ``told_too`` what it has already been told of. Ten queries, whatever the number of households.
    """
    days = sorted({day for of_activity in due.values() for day in of_activity})
    if not families or not days:
        return {}
    first, last = days[0] - WEEKS_BACK * WEEK, days[-1]
    rows = list(enrolments_of_many(families, due, first, last))
    children = {row.child_id for row in rows}
    shared = _Shared(
        school_calendar(),
        homes_of(children, first, last),
        stops_between(first, last),
        places_left(list({row.site_id: row.site for row in rows}.values()), days[0], last, at),
    )
    past, active = _past(families, due, children, first, last, told_too=told_too)
    by_family: dict[int, dict[Slot, list[Enrolment]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        by_family[row.family_id][row.child_id, row.activity_id].append(row)
    found = {}
    for family, slots in by_family.items():
        planning = Planning(
            family=family,
            calendar=shared.calendar,
            enrolments=slots,
            homes=shared.homes,
            stops=shared.stops,
            bookings=active,
            places=shared.places,
        )
        missing = [day for slot in slots for day in _missing(planning, slot, due[slot[1]], past, at)]
        if missing:
            found[family] = missing
    return found


@dataclass(frozen=True)
class _Shared:
    """What is read once for all the households."""

    calendar: SchoolCalendar
    homes: Homes
    stops: Collection[Stop]
    places: Any


def _past(
    families: Collection[int], due: Due, children: Collection[int], first: date, last: date, *, told_too: bool
) -> tuple[_Past, dict[tuple[int, int, date], Booking]]:
    past, active = _Past(), {}
    soonest = min(day for days in due.values() for day in days)
    rows = Booking.objects.filter(activity__in=due, child__in=children, day__range=(first, last)).order_by()
    columns = ("child_id", "activity_id", "day", "family_id", "status", "formula", "site_id")
    for child, activity, day, family, status, formula, site in rows.values_list(*columns):
        slot = (child, activity)
        if status != Booking.Status.ACTIVE:
            past.given_back.add((family, slot, day))
            continue
        past.booked[family, slot][day] = formula
        if day >= soonest:
            active[child, activity, day] = Booking(
                child_id=child, activity_id=activity, day=day, family_id=family, formula=formula, site_id=site
            )
    if not told_too:
        told = RemindedDay.objects.filter(family__in=families, day__range=(soonest, last)).order_by()
        for family, child, activity, day in told.values_list("family_id", "child_id", "activity_id", "day"):
            past.told.add((family, (child, activity), day))
    return past, active


def _missing(planning: Planning, slot: Slot, days: Iterable[date], past: _Past, at: datetime) -> Iterable[MissingDay]:
    """Yield the days of a child in an activity that are usual, free, and can be booked."""
    family = planning.family
    booked = past.booked.get((family, slot), {})
    for day in days:
        key = (family, slot, day)
        if day in booked or key in past.given_back or key in past.told or not booked:
            continue
        formula = usual_formula(booked, _possible(planning, slot, day), day)
        if formula is None:
            continue
        decision = decide(planning.context(slot, day), at)
        if decision.can_add and decision.until:
            yield MissingDay(family, *slot, day, formula, decision.until)


def _possible(planning: Planning, slot: Slot, day: date) -> list[date]:
    """The same weekday of the weeks before, when the activity ran and the child was at home."""
    earlier = (day - weeks * WEEK for weeks in range(1, WEEKS_BACK + 1))
    return [
        past
        for past in earlier
        if planning.enrolment(slot, past)
        and planning.homes.household(slot[0], past) == planning.family
        and planning.why_closed(slot, past) is None
    ]


# --- What a reminder holds --------------------------------------------------------------------------------------------


def open_reminded_days(family: Family, *, at: datetime) -> list[RemindedDay]:
    """Return the days that a household was reminded of, can still book and has done nothing about; one query."""
    rows = untouched().filter(family=family, until__gt=at).select_related("child", "activity")
    return list(rows.order_by("day", "child__birth_date", "activity__position"))


def untouched() -> QuerySet[RemindedDay]:
    """Return the days told of, once their mail has left, that the household has neither booked nor given back since."""
    touched = Booking.objects.filter(
        family=OuterRef("family"), child=OuterRef("child"), activity=OuterRef("activity"), day=OuterRef("day")
    )
    return RemindedDay.objects.filter(~Exists(touched), reminder__settled_at__isnull=False)


def changes_of(days: Iterable[RemindedDay]) -> dict[tuple[int, str], DayChanges]:
    """Return the submit that a reminder stands for: its days, neither more nor less."""
    by_slot: dict[tuple[int, str], dict[date, str]] = defaultdict(dict)
    for row in days:
        by_slot[row.child_id, row.activity.slug][row.day] = row.formula
    return {
        wanted: DayChanges(
            additions=frozenset(found), formulas={day: formula for day, formula in found.items() if formula}
        )
        for wanted, found in sorted(by_slot.items())
    }


# --- Links ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OpenedReminder:
    """A reminder reached by the link of a mail, and the guardian to whom it was sent."""

    reminder: DayReminder
    guardian: Guardian


def reminder_key(reminder: DayReminder, guardian: Guardian) -> str:
    """Sign the link by which a guardian books what a reminder says."""
    return signing.dumps([reminder.pk, guardian.pk], salt=SALT)


def opened_by(key: str) -> OpenedReminder | None:
    """Return what a link opens, or None: not ours, forgotten, or its guardian may no longer book for the household."""
    pair = _signed(key, SALT)
    if pair is None:
        return None
    days = Prefetch("days", RemindedDay.objects.select_related("child", "activity"))
    rows = DayReminder.objects.select_related("family", "receipt__request").prefetch_related(days)
    reminder = rows.filter(pk=pair[0]).first()
    guardian = Guardian.objects.select_related("user").filter(pk=pair[1], rights=Guardian.Rights.FULL).first()
    if reminder is None or guardian is None or guardian.user is None or guardian.family_id != reminder.family_id:
        return None
    return OpenedReminder(reminder, guardian)


def stop_key(guardian: Guardian) -> str:
    """Sign the link by which a guardian stops the reminders without signing in."""
    return signing.dumps([guardian.pk, guardian.family_id], salt=STOP_SALT)


def guardian_of_stop(key: str) -> Guardian | None:
    """Return who stops her reminders by a link, or None for a link that is not ours."""
    pair = _signed(key, STOP_SALT)
    return Guardian.objects.filter(pk=pair[0], family=pair[1]).first() if pair else None


def _signed(key: str, salt: str) -> tuple[int, int] | None:
    try:
        first, second = signing.loads(key, salt=salt)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return int(first), int(second)


def takes_reminders(guardian: Guardian) -> bool:
    """Say whether a guardian receives reminders; one query."""
    return not ReminderStop.objects.filter(guardian=guardian).exists()

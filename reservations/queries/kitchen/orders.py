"""Frozen orders, what has changed since, and what the cook added."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Max, Q, Sum

from reservations.models import (
    Activity,
    ActivitySite,
    Booking,
    HolidayPeriod,
    KitchenChange,
    KitchenExtra,
    KitchenOrder,
    KitchenOrderLine,
)
from reservations.queries.kitchen.counting import IS_MEAL, meals_booked, needs_of
from reservations.queries.planning import school_calendar
from reservations.rules.calendar import SchoolCalendar, public_holidays
from reservations.rules.formulas import WITH_MEAL
from reservations.rules.kitchen import Cause, Cell, Event, Meals, add_up, age_group


@dataclass(frozen=True)
class Frozen:
    """An order as it was frozen, and the differences written down since, in the order in which they happened."""

    order: KitchenOrder
    ordered: Meals
    changes: Sequence[KitchenChange] = field(default_factory=tuple)

    @property
    def changed(self) -> Meals:
        """The sum of the differences; figures may be negative."""
        total: Counter[Cell] = Counter()
        for row in self.changes:
            total[Cell(row.site_id, row.group, row.diet)] += row.delta
        return Counter({cell: number for cell, number in total.items() if number})

    @property
    def expected(self) -> Meals:
        """What is to be cooked as far as it was written down."""
        both: Counter[Cell] = Counter(self.ordered)
        for cell, number in self.changed.items():
            both[cell] += number
        return Counter({cell: number for cell, number in both.items() if number})


def frozen_between(first: date, last: date) -> dict[tuple[int, date], Frozen]:
    """Return the orders of some days, both ends included, by activity (id) and day; three queries."""
    orders = {order.pk: order for order in KitchenOrder.objects.filter(day__range=(first, last)).order_by("day", "pk")}
    return frozen_of(orders)


def frozen_of(orders: dict[int, KitchenOrder]) -> dict[tuple[int, date], Frozen]:
    """Bring the lines and the differences of some orders along; two queries."""
    lines = KitchenOrderLine.objects.filter(order__in=orders).order_by()
    changes = KitchenChange.objects.filter(order__in=orders).order_by("happened_at", "pk")
    ordered: dict[int, list[tuple[Cell, int]]] = {}
    for order, site, group, diet, meals in lines.values_list("order_id", "site_id", "group", "diet", "meals"):
        ordered.setdefault(order, []).append((Cell(site, group, diet), meals))
    changed: dict[int, list[KitchenChange]] = {}
    for row in changes:
        changed.setdefault(row.order_id, []).append(row)
    return {
        (order.activity_id, order.day): Frozen(order, add_up(ordered.get(pk, [])), tuple(changed.get(pk, ())))
        for pk, order in orders.items()
    }


# --- When ---------------------------------------------------------------------------------------------------------------


def activities_with_meals() -> list[Activity]:
    """Return the activities in which a meal may be eaten; one query."""
    return list(Activity.objects.filter(Q(is_meal=True) | Q(formulas__formula__in=WITH_MEAL)).distinct())


def due_at(activity: Activity, day: date) -> datetime:
    """Return the instant from which no family can change a day any more: the later of its two deadlines."""
    return max(activity.add_rule.until(day), activity.cancel_rule.until(day))


def longest_notice(activities: Iterable[Activity]) -> int:
    """Return how many days ahead an order may be due at most."""
    return max((max(row.add_rule.longest_notice, row.cancel_rule.longest_notice) for row in activities), default=0)


def serves(activity: Activity, day: date, calendar: SchoolCalendar, periods: Sequence[HolidayPeriod]) -> bool:
    """Whether an activity runs on a day by its own calendar: on school days, or in its holiday periods."""
    if day.weekday() not in activity.weekdays:
        return False
    if not activity.in_holidays:
        return calendar.is_school_day(day)
    if day in public_holidays(day.year):
        return False
    return any(row.activity_id == activity.pk and row.starts_on <= day <= row.ends_on for row in periods)


def sites_served(day: date) -> list[ActivitySite]:
    """Return the sites where a meal may be served on a day: of the activities that run on it or are booked; six queries."""
    calendar = school_calendar()
    periods = list(HolidayPeriod.objects.filter(starts_on__lte=day, ends_on__gte=day))
    booked = set(meals_booked(day, day).values_list("activity_id", flat=True).distinct())
    served = [row for row in activities_with_meals() if row.pk in booked or serves(row, day, calendar, periods)]
    rows = ActivitySite.objects.filter(activity__in=served).select_related("school", "venue", "activity")
    return sorted(rows, key=lambda site: (site.activity.position, place_order(site)))


def place_order(site: ActivitySite) -> tuple[bool, str, str]:
    """Sort places: schools by name, the nursery before the elementary one, then the centres."""
    if site.school is None:
        return True, site.place_name, ""
    kinds = {"maternelle": "0", "elementaire": "1"}
    return False, site.school.name, kinds.get(site.school.kind, "2")


# --- What changed -------------------------------------------------------------------------------------------------------


def events_since(order: KitchenOrder, since: datetime) -> list[Event]:
    """Return the bookings of an order's day that came or went after an instant, as the kitchen counts them; three queries."""
    bookings = Booking.objects.filter(IS_MEAL, activity=order.activity_id, day=order.day).order_by()
    moved = bookings.filter(Q(booked_at__gt=since) | Q(cancelled_at__gt=since) | Q(given_back_at__gt=since))
    rows = list(moved.select_related("child__school").only(*EVENT_FIELDS))
    if not rows:
        return []
    needs = needs_of(moved)
    found = []
    for row in rows:
        school = row.child.school
        group = age_group(row.child.level, school.kind if school else None).value
        cell = Cell(row.site_id, group, needs.diet(row.child_id, row.day))
        if row.booked_at > since:
            found.append(Event(cell, 1, Cause.LATE, row.booked_at, row.pk))
        gone = row.given_back_at or row.cancelled_at
        if gone is not None and gone > since:
            found.append(Event(cell, -1, _why(row), gone, row.pk))
    return found


EVENT_FIELDS = (
    "site_id",
    "day",
    "booked_at",
    "cancelled_at",
    "given_back_at",
    "closure_id",
    "child__level",
    "child__school__kind",
)


def _why(booking: Booking) -> Cause:
    if booking.given_back_at is not None:
        return Cause.GIVEN_BACK
    return Cause.CLOSED if booking.closure_id else Cause.CANCELLED


# --- Adults and picnics -------------------------------------------------------------------------------------------------


def extras_between(first: date, last: date) -> list[KitchenExtra]:
    """Return what holds for adults and picnics on some days, both ends included: of each thing the last row; one query."""
    latest = KitchenExtra.objects.filter(day__range=(first, last)).order_by().values("site", "day", "kind")
    rows = KitchenExtra.objects.filter(pk__in=latest.annotate(last=Max("pk")).values("last"), quantity__gt=0)
    return list(rows.select_related("entered_by").order_by("day", "site", "kind"))


def adults_between(first: date, last: date) -> dict[date, int]:
    """Add up the meals of adults, day by day; one query."""
    latest = KitchenExtra.objects.filter(day__range=(first, last)).order_by().values("site", "day", "kind")
    rows = KitchenExtra.objects.filter(pk__in=latest.annotate(last=Max("pk")).values("last"))
    rows = rows.exclude(kind=KitchenExtra.Kind.PICNICS).order_by()
    return dict(rows.values_list("day").annotate(number=Sum("quantity")))

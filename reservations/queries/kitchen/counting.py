"""Counting meals. The database adds up; only the sheets and the PAI of the children who eat are opened, one after the other, and
nothing of a child leaves this module but the key of her meal.

Three queries for a day or a week, whatever the number of schools: the PAI in force, the sheets, then one count of the bookings,
so that no booking is counted in one query and gone in the next.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import BigIntegerField, Case, Count, F, Q, QuerySet, Value, When

from families.models import HealthPlan, HealthRecord
from families.rules.health import HealthSheet, from_stored
from reservations.models import Booking
from reservations.rules.formulas import WITH_MEAL
from reservations.rules.kitchen import ORDINARY, Cell, Meals, Plan, age_group, diet_of

IS_MEAL = Q(activity__is_meal=True) | Q(formula__in=WITH_MEAL)
EATEN = Q(status=Booking.Status.ACTIVE, given_back_at=None)


@dataclass(frozen=True)
class Needs:
    """What some children need (ids): their sheets and their PAI, read once for any number of days."""

    sheets: Mapping[int, HealthSheet]
    plans: Mapping[int, Plan]

    @property
    def children(self) -> set[int]:
        """Those whose meal may be another than the ordinary one."""
        told = {child for child, sheet in self.sheets.items() if sheet.diet}
        return told | self.plans.keys()

    def diet(self, child: int, day: date) -> str:
        """Return the key of a child's meal."""
        return diet_of(self.sheets.get(child), self.plans.get(child), day)


def meals_booked(first: date, last: date) -> QuerySet[Booking]:
    """Return the bookings of some days, both ends included, that are meals: active, not given back."""
    return Booking.objects.filter(EATEN, IS_MEAL, day__range=(first, last)).order_by()


def needs_of(bookings: QuerySet[Booking]) -> Needs:
    """Open the sheets and the PAI in force of the children of some bookings; two queries."""
    children = bookings.values("child_id")
    plans = HealthPlan.objects.filter(state=HealthPlan.State.ACCEPTED, child__in=children).order_by()
    records = HealthRecord.objects.filter(child__in=children).order_by()
    return Needs(
        {child: from_stored(content) for child, content in records.values_list("child_id", "content")},
        {child: _plan(content) for child, content in plans.values_list("child_id", "content")},
    )


def _plan(content: Mapping[str, object]) -> Plan:
    until = content.get("valid_until")
    return Plan(bool(content.get("basket_meal")), date.fromisoformat(str(until)) if until else None)


def meals_between(
    first: date, last: date, *, activities: Collection[int] | None = None
) -> dict[tuple[int, date], Meals]:
    """Count the meals booked on some days, by activity (id) and day; three queries. A day without any is left out."""
    bookings = meals_booked(first, last)
    if activities is not None:
        bookings = bookings.filter(activity__in=activities)
    return count_meals(bookings, needs_of(bookings))


def count_meals(bookings: QuerySet[Booking], needs: Needs) -> dict[tuple[int, date], Meals]:
    """Count bookings by activity and day, then site, age group and diet; one query.

    Those whose meal is the ordinary one are added up by the database, the others come one by one.
    """
    special = needs.children
    one_by_one = Case(When(child__in=special, then=F("child_id")), default=Value(0), output_field=BigIntegerField())
    rows = (
        bookings.annotate(who=one_by_one if special else Value(0, output_field=BigIntegerField()))
        .values_list("activity_id", "day", "site_id", "child__level", "child__school__kind", "who")
        .annotate(number=Count("pk"))
    )
    found: dict[tuple[int, date], Meals] = {}
    for activity, day, site, level, kind, who, number in rows:
        diet = needs.diet(who, day) if who else ORDINARY
        cell = Cell(site, age_group(level, kind).value, diet)
        found.setdefault((activity, day), Counter())[cell] += number
    return found


def meals_by_level(day: date) -> dict[int, Counter[str]]:
    """Count the meals of a day by site and school level (empty: unknown), whatever the diet; one query.

    Never crossed with diets: so fine a count would name children.
    """
    rows = meals_booked(day, day).values_list("site_id", "child__level").annotate(number=Count("pk"))
    found: dict[int, Counter[str]] = {}
    for site, level, number in rows:
        found.setdefault(site, Counter())[level] += number
    return found


def totals_between(first: date, last: date) -> dict[date, int]:
    """Count the meals of children day by day; one query."""
    rows = meals_booked(first, last).values_list("day").annotate(number=Count("pk"))
    return dict(rows)


def sum_of(meals: Iterable[Meals]) -> int:
    """Add everything up."""
    return sum(sum(one.values()) for one in meals)

"""The weekdays that a household books at present: what forms start from."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count
from django.db.models.functions import ExtractIsoWeekDay

from families.models import Family
from reservations.models import Booking
from reservations.queries.planning import Slot

AROUND = timedelta(days=60)  # before and after today
SHARE = 3  # a weekday is usual when it is booked at least a third as often as the most booked one


@dataclass(frozen=True)
class UsualWeek:
    """The weekdays (Monday = 0) of a child in an activity, and the formula that she most often has."""

    weekdays: frozenset[int]
    formula: str = ""


def usual_weeks(family: Family, *, today: date) -> Mapping[Slot, UsualWeek]:
    """Return the present habits of a household's children, by child and activity (ids); one query."""
    around = Booking.objects.filter(
        family=family, status=Booking.Status.ACTIVE, day__range=(today - AROUND, today + AROUND)
    )
    rows = (
        around.order_by()
        .annotate(weekday=ExtractIsoWeekDay("day"))
        .values("child_id", "activity_id", "weekday", "formula")
        .annotate(number=Count("pk"))
    )
    weekdays: dict[Slot, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    formulas: dict[Slot, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        slot = (row["child_id"], row["activity_id"])
        weekdays[slot][row["weekday"] - 1] += row["number"]
        formulas[slot][row["formula"]] += row["number"]
    return {slot: UsualWeek(_usual(counts), _most(formulas[slot])) for slot, counts in weekdays.items()}


def _usual(counts: Mapping[int, int]) -> frozenset[int]:
    most = max(counts.values())
    return frozenset(day for day, number in counts.items() if number * SHARE >= most)


def _most(counts: Mapping[str, int]) -> str:
    return max(sorted(counts), key=lambda formula: counts[formula])

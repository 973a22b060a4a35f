"""The same days counted another way: from the receipts alone, which families hold too.

Nothing here shares a line with ``counting``: neither the bookings, nor their states, nor its queries.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from reservations.models import Activity, Booking, ReceiptLine

CHOSEN = (ReceiptLine.Outcome.BOOKED.value, ReceiptLine.Outcome.SWITCHED.value)
AGAIN = ReceiptLine.Outcome.TAKEN_BACK.value
GONE = (ReceiptLine.Outcome.CANCELLED.value, ReceiptLine.Outcome.GIVEN_BACK.value)
ENDS_WITH_A_MEAL = "repas"


def meals_told_by_receipts(first: date, last: date) -> dict[tuple[int, date], int]:
    """Read the receipts of some days in the order in which they were given, and count by activity (id) and day the children
    whose last answer is a meal; two queries.

    A day that was booked, cancelled and booked again counts once, whichever household did it.
    """
    eats_anyway = set(Activity.objects.filter(is_meal=True).values_list("pk", flat=True))
    last_word: dict[tuple[int, date, int], bool] = {}
    chosen: dict[tuple[int, date, int], bool] = {}
    for activity, day, child, outcome, formula in _answers(first, last):
        key = (activity, day, child)
        if outcome in CHOSEN:
            chosen[key] = activity in eats_anyway or formula.endswith(ENDS_WITH_A_MEAL)
        last_word[key] = outcome not in GONE and chosen.get(key, False)
    found: Counter[tuple[int, date]] = Counter()
    for (activity, day, _), eats in last_word.items():
        found[activity, day] += eats
    return dict(found)


def _answers(first: date, last: date) -> Iterator[tuple[int, date, int, str, str]]:
    lines = ReceiptLine.objects.filter(day__range=(first, last), outcome__in=[*CHOSEN, AGAIN, *GONE])
    in_order = lines.order_by("receipt__request__received_at", "receipt_id", "pk")
    yield from in_order.values_list("activity_id", "day", "child_id", "outcome", "formula").iterator(2000)


FREED = Q(status="annulee", receipt__isnull=False, cancel_receipt=None, give_back_receipt=None)


@dataclass(frozen=True)
class Apart:
    """Why the two counts may differ without anything being wrong: numbers of bookings.

    ``given_back``: given back too late to cancel, without a receipt. ``without_receipt``: taken over from before the portal.
    ``freed``: cancelled by the service without a receipt (a closure, an enrolment that ended).
    """

    given_back: int = 0
    without_receipt: int = 0
    freed: int = 0

    @property
    def balance(self) -> int:
        """How many meals the kitchen counts more than the receipts."""
        return self.without_receipt - self.given_back - self.freed


def what_stands_apart(first: date, last: date) -> dict[tuple[int, date], Apart]:
    """Return, by activity (id) and day, the bookings of meals that receipts do not tell in full; one query."""
    meal = Q(activity__is_meal=True) | Q(formula__endswith=ENDS_WITH_A_MEAL)
    active = Q(status="active")
    rows = (
        Booking.objects.filter(meal, day__range=(first, last))
        .order_by()
        .values("activity_id", "day")
        .annotate(
            given_back=Count("pk", filter=active & Q(given_back_at__isnull=False, give_back_receipt=None)),
            without_receipt=Count("pk", filter=active & Q(receipt=None)),
            freed=Count("pk", filter=FREED),
        )
    )
    return {
        (row["activity_id"], row["day"]): Apart(row["given_back"], row["without_receipt"], row["freed"]) for row in rows
    }

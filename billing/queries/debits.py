"""Direct debits as pages read them."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum

from billing.models import Debit, DebitBatch, SepaMandate
from families.models import Family

NOTHING = Decimal("0.00")


def mandate_of(family: Family) -> SepaMandate | None:
    """Return the household's mandate in force, or None; its IBAN is not read."""
    return SepaMandate.objects.filter(family=family, ended_at=None).defer("iban").first()


def debits_of(family: Family) -> QuerySet[Debit]:
    """Return the household's debits, the latest first."""
    rows = Debit.objects.filter(invoice__family=family).select_related("batch", "invoice")
    return rows.order_by("-batch__collect_on", "-pk")


@dataclass(frozen=True)
class StateSum:
    """How many debits of a batch are in a state, and what they come to (euros)."""

    label: str
    count: int
    amount: Decimal


def sums_of(batch: DebitBatch) -> list[StateSum]:
    """Return a batch by state; one query."""
    rows = batch.debits.order_by().values_list("state").annotate(count=Count("pk"), amount=Sum("amount"))
    found = {state: (count, amount) for state, count, amount in rows}
    return [StateSum(label, *found[state]) for state, label in Debit.State.choices if state in found]

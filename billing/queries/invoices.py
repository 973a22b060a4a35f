"""Invoices as pages read them."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import DecimalField, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from billing.models import Allocation, Invoice
from families.models import Family

ZERO = Value(Decimal("0.00"), output_field=DecimalField(max_digits=9, decimal_places=2))


def with_paid(invoices: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """Annotate ``paid`` (sum of the allocations, euros) and ``owed`` (total − paid)."""
    paid = (
        Allocation.objects.filter(invoice=OuterRef("pk")).order_by().values("invoice").annotate(sum=Sum("amount"))
    )
    return invoices.annotate(paid=Coalesce(Subquery(paid.values("sum")), ZERO)).annotate(owed=F("total") - F("paid"))


@dataclass(frozen=True)
class Balance:
    """What a family owes: number of invoices, of unpaid ones, euros still owed."""

    count: int
    unpaid_count: int
    owed: Decimal


def balance_of(family: Family) -> Balance:
    """Return a family's balance over all her invoices; one query."""
    rows = list(with_paid(Invoice.objects.filter(family=family)).values_list("total", "paid"))
    unpaid = [total - paid for total, paid in rows if total > paid]
    return Balance(count=len(rows), unpaid_count=len(unpaid), owed=sum(unpaid, Decimal("0.00")))

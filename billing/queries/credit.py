"""The credit of households: money that no invoice has."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from billing.models import Allocation, Invoice, Payment
from billing.queries.invoices import ZERO, unpaid, with_paid
from billing.rules.credit import NOTHING, MoneyRow, credit_left, sources
from families.models import Family


def credit_of(family: Family) -> Decimal:
    """Return what a household paid that no invoice has, in euros; negative if more was given back than came. One query."""
    return credit_left(money_rows(family))


def money_rows(family: Family) -> list[MoneyRow]:
    """Return a household’s payments, refunds and reversals, the oldest first, with what went to invoices; one query."""
    return [_row(payment) for payment in _with_allocated(Payment.objects.filter(family=family))]


@dataclass(frozen=True, slots=True)
class HouseholdCredit:
    """A household that has a credit: how much (euros), since when, and what it owes besides."""

    family: Family
    amount: Decimal
    since: datetime
    owed: Decimal


def households_in_credit() -> list[HouseholdCredit]:
    """Return the households that have a credit, the oldest credit first; the same number of queries for one and for all."""
    came = _sums(Payment.objects.all(), "family")
    used = _sums(Allocation.objects.filter(payment__isnull=False), "payment__family")
    ids = [family for family, amount in came.items() if amount > used.get(family, NOTHING)]
    payments = _with_allocated(Payment.objects.filter(family__in=ids))
    rows, received = defaultdict(list), {}
    for payment in payments:
        rows[payment.family_id].append(_row(payment))
        received[payment.pk] = payment.received_at
    owing = unpaid(with_paid(Invoice.objects.filter(family__in=ids))).values_list("family", F("owed"))
    owed: dict[int, Decimal] = defaultdict(Decimal)
    for family_id, amount in owing:
        owed[family_id] += amount
    found = [
        HouseholdCredit(
            family=family,
            amount=credit_left(rows[family.pk]),
            since=received[sources(rows[family.pk])[0][0]],
            owed=owed[family.pk],
        )
        for family in Family.objects.filter(pk__in=ids)
    ]
    return sorted(found, key=lambda credit: (credit.since, credit.family.number))


def _with_allocated(payments: QuerySet[Payment]) -> QuerySet[Payment]:
    shares = Allocation.objects.filter(payment=OuterRef("pk")).order_by().values("payment").annotate(sum=Sum("amount"))
    return payments.annotate(
        allocated=Coalesce(Subquery(shares.values("sum")), ZERO), calls_off=F("till_entry__reverses")
    ).order_by("received_at", "pk")


def _row(payment: Payment) -> MoneyRow:
    allocated: Decimal = payment.allocated  # type: ignore[attr-defined]  # annotated
    calls_off: int | None = payment.calls_off  # type: ignore[attr-defined]  # annotated
    # What was called off at the counter is no credit, whatever else the household has.
    group = f"tentative {payment.attempt_id}" if payment.attempt_id else f"paiement {calls_off or payment.pk}"
    return MoneyRow(payment=payment.pk, group=group, amount=payment.amount, allocated=allocated)


def _sums(rows: QuerySet[Payment] | QuerySet[Allocation], family: str) -> dict[int, Decimal]:
    pairs: Iterable[tuple[int, Decimal]] = rows.order_by().values_list(family).annotate(sum=Sum("amount"))
    return dict(pairs)

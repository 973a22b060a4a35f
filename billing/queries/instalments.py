"""Payments in instalments as pages and services read them. Amounts in euros."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import DecimalField, Exists, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest, Round

from billing.models import Allocation, Instalment, Invoice, PaymentAttempt
from billing.rules.instalments import InstalmentPolicy, Planned, schedule_of

NOTHING = Decimal("0.00")
ZERO = Value(NOTHING, output_field=DecimalField(max_digits=9, decimal_places=2))
PLANNED = "La facture {} est payée en plusieurs fois\u00a0: la banque prélève ce qui reste, échéance après échéance."


def instalment_policy() -> InstalmentPolicy:
    """Return what the town offers."""
    values: dict[str, Any] = settings.INSTALMENTS
    return InstalmentPolicy(**values)


def offered(amount: Decimal, *, today: date) -> list[Planned]:
    """Return the schedule that a family may choose for an amount (euros) today; empty when none is offered."""
    policy = instalment_policy()
    is_open = PaymentAttempt.Provider.PAYZEN.value in settings.PAYMENT_PROVIDERS
    if not is_open or not policy.offers(amount):
        return []
    return schedule_of(amount, count=policy.count, days=policy.days, today=today)


def expected() -> QuerySet[Instalment]:
    """Return the instalments that the bank is still to debit, the first of their attempt being paid."""
    return Instalment.objects.filter(payment=None, ended_at=None, attempt__status=PaymentAttempt.Status.PAID)


def planned_each(invoice_ids: Collection[int]) -> dict[int, Decimal]:
    """Return what is still to be debited for each of some invoices (by id); one query. Those without a schedule are absent."""
    rows = expected().filter(attempt__invoice__in=invoice_ids).order_by().values_list("attempt__invoice")
    return dict(rows.annotate(sum=Sum("amount")))


def with_planned(invoices: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """Annotate ``planned``: what is still to be debited by a payment in instalments (euros); and ``has_plan``: one began."""
    mine = expected().filter(attempt__invoice=OuterRef("pk")).order_by().values("attempt__invoice")
    begun = Instalment.objects.filter(attempt__invoice=OuterRef("pk"), payment__isnull=False)
    planned = Coalesce(Subquery(mine.annotate(sum=Sum("amount")).values("sum")), ZERO)
    return invoices.annotate(planned=planned, has_plan=Exists(begun))


def owed_less_than_planned() -> QuerySet[Invoice]:
    """Return the invoices whose running schedule will bring more than they owe, with ``planned`` and ``left`` (euros)."""
    mine = expected().filter(attempt__invoice=OuterRef("pk")).order_by().values("attempt__invoice")
    paid = Allocation.objects.filter(invoice=OuterRef("pk")).order_by().values("invoice")
    sum_paid = Coalesce(Subquery(paid.annotate(sum=Sum("amount")).values("sum")), ZERO)
    rows = Invoice.objects.filter(Exists(expected().filter(attempt__invoice=OuterRef("pk")))).annotate(
        planned=Round(Coalesce(Subquery(mine.annotate(sum=Sum("amount")).values("sum")), ZERO), precision=2),
        left=Greatest(Round(F("total") - sum_paid, precision=2), ZERO),
    )
    return rows.filter(planned__gt=F("left"))


def without_schedule(invoices: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """Leave out the invoices of which the bank is still to debit an instalment."""
    return invoices.exclude(Exists(expected().filter(attempt__invoice=OuterRef("pk"))))


@dataclass(frozen=True, slots=True)
class Plan:
    """A payment in instalments as a page shows it."""

    attempt: PaymentAttempt
    instalments: list[Instalment]

    @property
    def next(self) -> Instalment | None:
        """The next one that is expected."""
        return next((each for each in self.instalments if each.is_expected), None)

    @property
    def planned(self) -> Decimal:
        """Euros still to be debited."""
        return sum((each.amount for each in self.instalments if each.is_expected), NOTHING)

    @property
    def missed(self) -> Decimal:
        """Euros that the bank did not debit."""
        return sum((each.amount for each in self.instalments if each.ended_at), NOTHING)


def plan_of(invoice: Invoice) -> Plan | None:
    """Return the latest payment in instalments of an invoice whose first was paid; two queries."""
    paid = PaymentAttempt.objects.filter(invoice=invoice, instalments__payment__isnull=False).distinct()
    attempt = paid.order_by("-created_at").first()
    return plan_by(attempt) if attempt else None


def plan_by(attempt: PaymentAttempt) -> Plan | None:
    """Return the instalments of an attempt, None when it has none; one query."""
    rows = list(attempt.instalments.select_related("payment").order_by("rank"))
    return Plan(attempt, rows) if rows else None


def attempts_unlike_their_instalments() -> QuerySet[PaymentAttempt]:
    """Return the attempts whose instalments do not make the sum asked, ``planned_sum``."""
    mine = Instalment.objects.filter(attempt=OuterRef("pk")).order_by().values("attempt")
    total = Round(Subquery(mine.annotate(sum=Sum("amount")).values("sum")), precision=2)
    rows = PaymentAttempt.objects.filter(Exists(Instalment.objects.filter(attempt=OuterRef("pk"))))
    return rows.annotate(planned_sum=total).exclude(amount=F("planned_sum")).select_related("invoice")


def instalments_unlike_their_payment() -> QuerySet[Instalment]:
    """Return the instalments said to be paid by another sum, or by another attempt’s money."""
    rows = Instalment.objects.filter(payment__isnull=False).exclude(
        payment__amount=F("amount"), payment__attempt=F("attempt")
    )
    return rows.select_related("attempt__invoice", "payment")


def still_to_come(attempt: PaymentAttempt, *, but: Decimal) -> Decimal:
    """Return what the bank is still to debit of a payment in instalments (euros), nothing for a payment at once.

    ``but``: the sum that it has just debited, whose instalment may not be marked yet.
    """
    coming = list(attempt.instalments.filter(payment=None, ended_at=None).values_list("amount", flat=True))
    if but in coming:
        coming.remove(but)
    return sum(coming, NOTHING)

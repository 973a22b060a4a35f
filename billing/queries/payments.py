"""Payments as pages, rules and services read them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet, Sum

from billing.models import Allocation, AttemptShare, Invoice, Payment, PaymentAttempt
from billing.providers import provider_named
from billing.queries.handed_over import HANDED_OVER, is_handed_over
from billing.queries.instalments import PLANNED, planned_each
from billing.rules.payments import may_still_be_paid, refusal_to_pay
from families.models import Family

NOTHING = Decimal("0.00")
Status = PaymentAttempt.Status
NOT_PAID = (Status.REFUSED, Status.ABANDONED)


def owed_on(invoice_id: int) -> Decimal:
    """Return what an invoice still owes, in euros: its total less what is allocated to it."""
    total = Invoice.objects.values_list("total", flat=True).get(pk=invoice_id)
    allocated = Allocation.objects.filter(invoice=invoice_id).aggregate(sum=Sum("amount"))["sum"]
    return total - (allocated or NOTHING)


def owed_each(invoice_ids: Collection[int]) -> dict[int, Decimal]:
    """Return what each of some invoices still owes, in euros, in the order of their months; two queries."""
    allocated = dict(
        Allocation.objects.filter(invoice__in=invoice_ids).values_list("invoice").annotate(sum=Sum("amount"))
    )
    totals = Invoice.objects.filter(pk__in=invoice_ids).order_by("month", "number").values_list("pk", "total")
    return {invoice: total - allocated.get(invoice, NOTHING) for invoice, total in totals}


def refusal_now(invoice: Invoice, *, at: datetime) -> str | None:
    """Say in French why an invoice cannot be paid by card at an instant, or None: the same answer for page and click."""
    try:
        window = invoice.window
    except ObjectDoesNotExist:
        return "Cette facture ne se paie pas en ligne."
    if is_handed_over(invoice):
        return HANDED_OVER.format(invoice.number)
    owed, planned = owed_on(invoice.pk), planned_each([invoice.pk]).get(invoice.pk, NOTHING)
    if planned and owed <= planned:
        return PLANNED.format(invoice.number)
    return refusal_to_pay(owed=owed, opens_at=window.opens_at, closes_at=window.closes_at, at=at)


def undecided_attempt(invoice_ids: Collection[int], *, at: datetime) -> PaymentAttempt | None:
    """Return the latest attempt on one of some invoices that may still be paid, if any."""
    undecided = PaymentAttempt.objects.filter(status__in=[Status.STARTED, Status.PENDING])
    for attempt in undecided.filter(shares__invoice__in=invoice_ids).distinct().order_by("-created_at"):
        page_life = provider_named(attempt.provider).page_life
        if may_still_be_paid(attempt.status, created_at=attempt.created_at, page_life=page_life, at=at):
            return attempt
    return None


def payments_of(family: Family) -> QuerySet[Payment]:
    """Return a household's payments, refunds and reversals, the latest first, with their invoices."""
    return Payment.objects.filter(family=family).prefetch_related("allocations__invoice")


@dataclass(frozen=True, slots=True)
class AttemptMoney:
    """What an attempt brought, in euros: all rows, what each invoice holds of it (by id), what no invoice has."""

    received: Decimal
    held: dict[int, Decimal]
    spare: Decimal


def held_of(attempt: PaymentAttempt) -> dict[int, Decimal]:
    """Return what each invoice (by id) holds of an attempt's money, in euros; one query."""
    rows = Allocation.objects.filter(payment__attempt=attempt).values_list("invoice").annotate(sum=Sum("amount"))
    return dict(rows)


def money_of(attempt: PaymentAttempt) -> AttemptMoney:
    """Add up what an attempt brought; two queries."""
    received = attempt.payments.aggregate(sum=Sum("amount"))["sum"] or NOTHING
    held = held_of(attempt)
    return AttemptMoney(received=received, held=held, spare=received - sum(held.values(), NOTHING))


def shares_of(attempt: PaymentAttempt) -> list[AttemptShare]:
    """Return what an attempt is to pay of each invoice, the oldest month first, with its invoice and window; one query."""
    shares = attempt.shares.select_related("invoice__window")
    return list(shares.order_by("invoice__month", "invoice__number"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the return page says of an attempt: its status, its payment and what of it exceeded the invoices (euros)."""

    status: str
    shares: list[AttemptShare]
    payment: Payment | None
    surplus: Decimal
    can_retry: bool

    @property
    def is_waiting(self) -> bool:
        """True while the bank's word is awaited."""
        return self.status in (PaymentAttempt.Status.STARTED, PaymentAttempt.Status.PENDING)

    @property
    def is_untold(self) -> bool:
        """True while the bank has said nothing at all: perhaps the payer left its page."""
        return self.status == PaymentAttempt.Status.STARTED

    @property
    def is_paid(self) -> bool:
        """True when the money is recorded."""
        return self.status == PaymentAttempt.Status.PAID

    @property
    def is_refused(self) -> bool:
        """True when the bank said no, or called its yes off."""
        return self.status == PaymentAttempt.Status.REFUSED

    @property
    def is_abandoned(self) -> bool:
        """True when the payer left the bank's page before the end."""
        return self.status == PaymentAttempt.Status.ABANDONED


def outcome_of(attempt: PaymentAttempt, *, at: datetime) -> Outcome:
    """Return what the database knows of an attempt, for the page to which the bank sends the payer back."""
    payment = attempt.payments.filter(kind=Payment.Kind.PAYMENT).order_by("-received_at").first()
    shares = payment.allocations.aggregate(sum=Sum("amount"))["sum"] or NOTHING if payment else NOTHING
    attempt_shares = shares_of(attempt)
    return Outcome(
        status=attempt.status,
        shares=attempt_shares,
        payment=payment,
        surplus=payment.amount - shares if payment else NOTHING,
        can_retry=attempt.status in NOT_PAID
        and all(refusal_now(each.invoice, at=at) is None for each in attempt_shares),
    )

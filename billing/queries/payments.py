"""Payments as pages, rules and services read them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet, Sum

from billing.models import Allocation, Invoice, Payment, PaymentAttempt
from billing.rules.payments import may_still_be_paid, refusal_to_pay
from families.models import Family

NOTHING = Decimal("0.00")
NOT_PAID = (PaymentAttempt.Status.REFUSED, PaymentAttempt.Status.ABANDONED)


def owed_on(invoice_id: int) -> Decimal:
    """Return what an invoice still owes, in euros: its total less what is allocated to it."""
    total = Invoice.objects.values_list("total", flat=True).get(pk=invoice_id)
    allocated = Allocation.objects.filter(invoice=invoice_id).aggregate(sum=Sum("amount"))["sum"]
    return total - (allocated or NOTHING)


def refusal_now(invoice: Invoice, *, at: datetime) -> str | None:
    """Say in French why an invoice cannot be paid by card at an instant, or None: the same answer for page and click."""
    try:
        window = invoice.window
    except ObjectDoesNotExist:
        return "Cette facture ne se paie pas en ligne."
    return refusal_to_pay(owed=owed_on(invoice.pk), opens_at=window.opens_at, closes_at=window.closes_at, at=at)


def undecided_attempt(invoice: Invoice, *, at: datetime) -> PaymentAttempt | None:
    """Return the latest attempt on an invoice that may still be paid, if any."""
    attempts = invoice.attempts.filter(status__in=[PaymentAttempt.Status.STARTED, PaymentAttempt.Status.PENDING])
    for attempt in attempts.order_by("-created_at"):
        if may_still_be_paid(attempt.status, created_at=attempt.created_at, at=at):
            return attempt
    return None


def payments_of(family: Family) -> QuerySet[Payment]:
    """Return a household's payments, refunds and reversals, the latest first, with their invoices."""
    return Payment.objects.filter(family=family).prefetch_related("allocations__invoice")


@dataclass(frozen=True, slots=True)
class AttemptMoney:
    """What an attempt brought, in euros: all rows, what its invoice holds of it, what no invoice has."""

    received: Decimal
    allocated: Decimal
    spare: Decimal


def money_of(attempt: PaymentAttempt) -> AttemptMoney:
    """Add up what an attempt brought; two queries."""
    received = attempt.payments.aggregate(sum=Sum("amount"))["sum"] or NOTHING
    shares = dict(
        Allocation.objects.filter(payment__attempt=attempt).values_list("invoice").annotate(sum=Sum("amount"))
    )
    return AttemptMoney(
        received=received,
        allocated=shares.get(attempt.invoice_id, NOTHING),
        spare=received - sum(shares.values(), NOTHING),
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the return page says of an attempt: its status, its payment and what of it exceeded the invoice (euros)."""

    status: str
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
    return Outcome(
        status=attempt.status,
        payment=payment,
        surplus=payment.amount - shares if payment else NOTHING,
        can_retry=attempt.status in NOT_PAID and refusal_now(attempt.invoice, at=at) is None,
    )

"""Rows of money: a payment and what of it goes to the invoice; never changed, only answered by another row."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from billing.models import Allocation, Payment, PaymentAttempt
from billing.payzen.transactions import Transaction
from billing.queries.payments import money_of, owed_on
from billing.rules.payments import part_for_invoice, part_taken_back
from billing.services.payments.locks import lock_invoice
from castres_portal.base.clock import in_paris
from castres_portal.base.numbering import take_numbers

Kind = Payment.Kind


@dataclass(frozen=True, slots=True)
class Entry:
    """A payment just written, and the part of it (euros, with its sign) that went to the invoice or left it."""

    payment: Payment
    for_invoice: Decimal

    @property
    def surplus(self) -> Decimal:
        """What no invoice has."""
        return self.payment.amount - self.for_invoice


def euros_of(told: Transaction) -> Decimal:
    """Amount of a transaction in euros: the bank counts in cents."""
    return Decimal(told.amount_cents) / 100


def receive(attempt: PaymentAttempt, told: Transaction, *, at: datetime) -> Entry:
    """Write money that came; the invoice takes what it owes, the rest is the household's credit."""
    lock_invoice(attempt.invoice_id)
    return _write_incoming(attempt, told, Kind.PAYMENT, euros_of(told), at=at)


def give_back(attempt: PaymentAttempt, told: Transaction, *, at: datetime) -> Entry:
    """Write a refund made at the bank; what no invoice has goes first, then the invoice owes again."""
    lock_invoice(attempt.invoice_id)
    return _write_outgoing(attempt, told, Kind.REFUND, euros_of(told), at=at)


def reverse(attempt: PaymentAttempt, told: Transaction, original: Payment, *, at: datetime) -> Entry:
    """Write the opposite of a payment, or of a refund, that the bank called off."""
    lock_invoice(attempt.invoice_id)
    if original.amount > 0:
        return _write_outgoing(attempt, told, Kind.REVERSAL, original.amount, at=at)
    return _write_incoming(attempt, told, Kind.REVERSAL, -original.amount, at=at)


def _write_incoming(attempt: PaymentAttempt, told: Transaction, kind: Kind, amount: Decimal, *, at: datetime) -> Entry:
    share = part_for_invoice(amount, owed_on(attempt.invoice_id))
    return _write(attempt, told, kind, amount, share, at=at)


def _write_outgoing(attempt: PaymentAttempt, told: Transaction, kind: Kind, amount: Decimal, *, at: datetime) -> Entry:
    money = money_of(attempt)
    share = part_taken_back(amount, allocated=money.allocated, spare=money.spare)
    return _write(attempt, told, kind, -amount, -share, at=at)


def _write(
    attempt: PaymentAttempt, told: Transaction, kind: Kind, amount: Decimal, share: Decimal, *, at: datetime
) -> Entry:
    year = in_paris(at).year
    payment = Payment.objects.create(
        number=f"P{year}-{take_numbers(f'quittances-{year}'):06d}",
        family=attempt.family,
        kind=kind,
        means=Payment.Means.CARD,
        amount=amount,
        attempt=attempt,
        transaction_uuid=told.trans_uuid or "",
        authorisation=told.auth_number[:20],
        received_at=at,
        authorised_at=told.authorised_at,
        captured_at=told.captured_at,
    )
    if share:
        Allocation.objects.create(payment=payment, invoice=attempt.invoice, amount=share)
    return Entry(payment, share)

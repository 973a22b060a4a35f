"""Calling money off: a bounced cheque, a typing error. The payment stays; its opposite is written beside it."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from django.db import transaction

from accounts.models import User
from billing.models import Allocation, Payment, TillEntry
from billing.services.payments.ledger import allocate, receipt_number
from billing.services.payments.locks import lock_invoices, lock_payments
from billing.services.till.letters import queue_reversal
from billing.services.till.refusals import TillRefused

Means, Kind, Cause = Payment.Means, Payment.Kind, TillEntry.Cause


@transaction.atomic(durable=True)
def reverse_collection(*, payment: Payment, cause: str, reason: str, by: User, at: datetime) -> Payment:
    """Write the opposite of a payment taken at the counter: its invoices owe again, what was a credit is one no more.

    The household is told, since the receipt that it holds is worth nothing. Raises TillRefused for what the counter did not take,
    for what was called off already, and without a reason.
    """
    if not reason.strip():
        raise TillRefused("Indiquez pourquoi cet encaissement est annulé.")
    locked = lock_payments([payment.pk])[0]
    _check(locked, cause)
    shares: dict[int, Decimal] = defaultdict(Decimal)
    for share in Allocation.objects.filter(payment=locked):
        shares[share.invoice_id] -= share.amount
    lock_invoices(shares.keys())
    reversal = Payment.objects.create(
        number=receipt_number(at),
        family_id=locked.family_id,
        kind=Kind.REVERSAL,
        means=locked.means,
        amount=-locked.amount,
        received_at=at,
    )
    allocate(reversal, dict(shares))
    TillEntry.objects.create(
        payment=reversal, submission=uuid4(), taken_by=by, reverses=locked, cause=cause, reason=reason.strip()
    )
    queue_reversal(reversal, locked)
    return reversal


def _check(payment: Payment, cause: str) -> None:
    if payment.kind != Kind.PAYMENT or not TillEntry.objects.filter(payment=payment).exists():
        raise TillRefused("Seul un encaissement du guichet s’annule ici ; la banque annule les siens.")
    if TillEntry.objects.filter(reverses=payment).exists():
        raise TillRefused(f"L’encaissement {payment.number} est déjà annulé.")
    if cause not in Cause.values:
        raise TillRefused("Choisissez la cause de l’annulation.")
    if cause == Cause.BOUNCED and payment.means != Means.CHEQUE:
        raise TillRefused("Seul un chèque peut être rejeté par la banque.")

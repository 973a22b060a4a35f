"""A card payment that its holder contested: the bank took the money back, and its statement says so to the régisseur."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from billing.models import Anomaly, Chargeback, Payment
from billing.services.payments import ledger
from billing.services.payments.anomalies import note
from billing.services.payments.locks import lock_attempt
from billing.services.payments.undone import tell_of_money_gone
from castres_portal.base.errors import Refusal
from castres_portal.base.french import euros

Kind = Payment.Kind


class ChargebackRefused(Refusal):
    """This payment cannot have been taken back by the bank, or not for that much."""


@transaction.atomic(durable=True)
def record_chargeback(*, payment_id: int, amount: Decimal, reason: str, by: User, at: datetime) -> Chargeback:
    """Write that a bank took back some of a payment on line (euros, positive): the invoices owe again, the payer is told.

    Neither PayZen nor PayFiP announces it: the régisseur reads it on the statement. Raises ChargebackRefused.
    """
    if not reason.strip():
        raise ChargebackRefused("Indiquez le motif de l’impayé.")
    payment = Payment.objects.select_related("attempt").get(pk=payment_id)
    if payment.kind != Kind.PAYMENT or payment.attempt is None:
        raise ChargebackRefused("Seul un paiement en ligne peut être contesté auprès de la banque.")
    attempt = lock_attempt(payment.attempt.order_id)
    assert attempt is not None  # attempts are never deleted
    if _already_gone(payment):
        raise ChargebackRefused("Ce paiement a déjà été repris ou annulé par la banque.")
    money = ledger.lock_money_of(attempt)
    if not 0 < amount <= min(payment.amount, money.received):
        left = min(payment.amount, money.received)
        raise ChargebackRefused(f"Il reste {euros(left)} de ce paiement\u00a0: l’impayé ne peut pas le dépasser.")
    parts = ledger.parts_taken_back(amount, money)
    taken_back = Payment.objects.create(
        number=ledger.receipt_number(at),
        family_id=payment.family_id,
        kind=Kind.CHARGEBACK,
        means=payment.means,
        amount=-amount,
        attempt=attempt,
        transaction_uuid=payment.transaction_uuid,
        received_at=at,
    )
    ledger.allocate(taken_back, parts)
    chargeback = Chargeback.objects.create(
        payment=payment, taken_back=taken_back, reason=reason.strip(), recorded_at=at, recorded_by=by
    )
    entry = ledger.Entry(taken_back, parts)
    text = f"{payment.number} ({euros(payment.amount)}) est contesté\u00a0: la banque a repris {euros(amount)}."
    note(Anomaly.Kind.CHARGEBACK, text + ledger.debts_again(entry), attempt=attempt, at=at)
    tell_of_money_gone(payment, entry, attempt)
    return chargeback


def _already_gone(payment: Payment) -> bool:
    gone = Payment.objects.filter(attempt=payment.attempt, kind__in=[Kind.REVERSAL, Kind.CHARGEBACK])
    return gone.filter(transaction_uuid=payment.transaction_uuid).exists()

"""What the shop's staff can do to a transaction in the back office."""

import secrets
from datetime import datetime

from django.db import transaction as database

from . import clock, delivery, wording
from .models import Notification, Payment, Switches, Transaction


class Impossible(Exception):
    """The operation does not suit the transaction; the message is a French sentence."""


def resend(payment: Payment, transaction: Transaction | None) -> Notification:
    """Send the notification again by hand, with the present status, to the rule's address."""
    sent = delivery.announce(payment, transaction, source="BO")
    if not sent:
        raise Impossible("La règle n’a pas d’adresse de notification (BANK_RULE_URL).")
    return sent[0]


def refund(transaction: Transaction, cents: int | None, *, at: datetime, tell: bool = True) -> Transaction:
    """Give back `cents`, or all that remains: a CREDIT of its own under the same order."""
    with database.atomic():
        transaction = Transaction.objects.get(pk=transaction.pk)
        left = transaction.refundable
        cents = left if cents is None else cents
        if not left:
            raise Impossible("Seul un paiement remis en banque et pas encore remboursé peut l’être.")
        if not 0 < cents <= left:
            raise Impossible(f"Le montant doit être compris entre 0,01\u00a0€ et {wording.euros(left)}.")
        made = transaction.payment.transactions.create(
            parent=transaction,
            trans_id=f"9{secrets.randbelow(100_000):05d}",
            trans_date=clock.stamp(at),
            operation="CREDIT",
            amount=cents,
            status="AUTHORISED",
            result="00",
            created_at=at,
        )
    if tell:
        _tell_back_office(made)
    return made


def cancel(transaction: Transaction, *, tell: bool = True) -> None:
    """Cancel what has not gone to the bank yet."""
    if not transaction.can_cancel:
        raise Impossible("Seul un paiement pas encore remis en banque peut être annulé.")
    _change(transaction, "CANCELLED")
    if tell:
        _tell_back_office(transaction)


def validate(transaction: Transaction) -> None:
    """Accept a payment that waits for the shop or for a verification."""
    if not transaction.can_validate:
        raise Impossible("Ce paiement n’attend pas de validation.")
    _change(transaction, "AUTHORISED")
    _tell_back_office(transaction)


def capture_all(*, at: datetime) -> int:
    """Send all that is authorised to the bank; the platform says nothing of it. Gives how many."""
    return Transaction.objects.filter(status="AUTHORISED").update(status="CAPTURED", captured_at=at)


def fail_capture(transaction: Transaction) -> None:
    """The bank turned the payment down after all."""
    if not transaction.can_fail_capture:
        raise Impossible("Ce paiement n’a pas de remise en banque qui puisse échouer.")
    _change(transaction, "CAPTURE_FAILED")
    if Switches.current().rule_batch_change:
        delivery.announce(transaction.payment, transaction, source="BATCH")


def _change(transaction: Transaction, status: str) -> None:
    transaction.status = status
    transaction.save(update_fields=["status"])


def _tell_back_office(transaction: Transaction) -> None:
    if Switches.current().rule_back_office:
        delivery.announce(transaction.payment, transaction, source="MERCH_BO")

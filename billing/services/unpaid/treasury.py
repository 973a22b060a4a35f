"""Handing invoices over to the Trésor, taking one back, and what the Trésor collected."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from billing.models import Payment, TreasuryBatch, TreasuryHandover
from billing.queries.payments import owed_on
from billing.queries.treasury import unpaid_rows
from billing.services.payments.ledger import allocate, receipt_number
from billing.services.payments.locks import lock_invoices
from castres_portal.base.clock import in_paris
from castres_portal.base.errors import Refusal
from castres_portal.base.french import euros
from castres_portal.base.numbering import take_numbers


class NotHandedOver(Refusal):
    """This cannot be handed over, taken back or settled; the sentence says why."""


@transaction.atomic(durable=True)
def hand_over(*, invoices: Collection[int], by: User, at: datetime, today: date) -> TreasuryBatch:
    """Put invoices (ids) in a batch for the Trésor, each for what it owes now.

    Money that comes at this instant is waited for: what it paid is not handed over. Raises NotHandedOver when one of them may not
    go, with its reason: nothing is handed over then.
    """
    if not invoices:
        raise NotHandedOver("Choisissez au moins une facture.")
    lock_invoices(invoices)
    rows = {row.invoice.pk: row for row in unpaid_rows(at=at, today=today, only=invoices)}
    refused = [f"{row.invoice.number} : {row.refusal}" for row in rows.values() if row.refusal]
    missing = len(set(invoices) - rows.keys())
    if missing == 1:
        refused.append("1 facture réglée ou inconnue")
    elif missing:
        refused.append(f"{missing} factures réglées ou inconnues")
    if refused:
        raise NotHandedOver(f"Rien n’est transmis. À retirer de la liste : {' ; '.join(refused)}.")
    year = in_paris(at).year
    batch = TreasuryBatch.objects.create(
        number=f"T{year}-{take_numbers(f'lots-tresor-{year}'):04d}", prepared_at=at, prepared_by=by
    )
    TreasuryHandover.objects.bulk_create(
        [TreasuryHandover(batch=batch, invoice=row.invoice, amount=row.owed) for row in rows.values()]
    )
    return batch


@transaction.atomic(durable=True)
def withdraw(*, handover: TreasuryHandover, reason: str, by: User, at: datetime) -> None:
    """Take an invoice back from a batch that was not sent: the régie takes money for it again.

    Raises NotHandedOver without a reason, or once the batch was sent: the comptable then has the titre.
    """
    if not reason.strip():
        raise NotHandedOver("Indiquez pourquoi cette facture est retirée du lot.")
    batch = TreasuryBatch.objects.select_for_update(of=("self",), no_key=True).get(pk=handover.batch_id)
    if batch.sent_at:
        raise NotHandedOver(f"Le lot {batch.number} est envoyé : adressez-vous au comptable.")
    standing = TreasuryHandover.objects.filter(pk=handover.pk, withdrawn_at=None)
    if not standing.update(withdrawn_at=at, withdrawn_by=by, reason=reason.strip()):
        raise NotHandedOver("Cette facture est déjà retirée du lot.")


@transaction.atomic(durable=True)
def mark_sent(*, batch: TreasuryBatch, by: User, at: datetime) -> TreasuryBatch:
    """Say that a batch left for the Trésor: nothing is taken back from it any more. Raises NotHandedOver for an empty one."""
    locked = TreasuryBatch.objects.select_for_update(of=("self",), no_key=True).get(pk=batch.pk)
    if locked.sent_at:
        return locked
    if not locked.handovers.filter(withdrawn_at=None).exists():
        raise NotHandedOver("Ce lot est vide : toutes ses factures ont été retirées.")
    locked.sent_at, locked.sent_by = at, by
    locked.save(update_fields=["sent_at", "sent_by"])
    return locked


@transaction.atomic(durable=True)
def record_treasury_payment(*, handover: TreasuryHandover, amount: Decimal, by: User, at: datetime) -> Payment:
    """Write down what the comptable collected of an invoice (euros): it pays the invoice and is not the régie's money.

    Raises NotHandedOver for a batch that was not sent, for an invoice taken back, or beyond what it owes.
    """
    lock_invoices([handover.invoice_id])
    handover = TreasuryHandover.objects.select_related("batch", "invoice").get(pk=handover.pk)
    if handover.withdrawn_at or not handover.batch.sent_at:
        raise NotHandedOver("Cette facture n’est pas chez le comptable.")
    owed = owed_on(handover.invoice_id)
    if not 0 < amount <= owed:
        raise NotHandedOver(f"La facture {handover.invoice.number} ne doit plus que {euros(max(owed, Decimal(0)))}.")
    payment = Payment.objects.create(
        number=receipt_number(at),
        family_id=handover.invoice.family_id,
        kind=Payment.Kind.PAYMENT,
        means=Payment.Means.TREASURY,
        amount=amount,
        received_at=at,
    )
    allocate(payment, {handover.invoice_id: amount})
    return payment

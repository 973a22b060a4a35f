"""An agent decides what was proposed. A confirmed credit note takes its number and pays invoices; the rest is the household's."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from billing import emails, pdfs
from billing.models import Allocation, CreditNote, Invoice, Supplement
from billing.queries.corrections import spare_of
from billing.queries.handed_over import with_treasury
from billing.queries.instalments import planned_each
from billing.queries.invoices import unpaid, with_paid
from billing.queries.payments import owed_each
from billing.services.papers import contacts_of, readers_of
from billing.services.payments.locks import lock_invoices
from castres_portal.base.clock import in_paris
from castres_portal.base.errors import Refusal
from castres_portal.base.mail import queue_mails
from castres_portal.base.numbering import take_numbers

Status = CreditNote.Status
ZERO = Decimal("0.00")


class CannotDecide(Refusal):
    """A correction that is decided already, or refused without saying why."""


@transaction.atomic(durable=True)
def confirm_credit_note(*, note: CreditNote, by: User, at: datetime) -> CreditNote:
    """Give a proposed credit note its number and put it on its invoice, then on the household's other unpaid ones, oldest first.

    The notes of those who paid the same days are confirmed with it. What was handed over to the Trésor takes nothing but its own
    credit notes. What is left goes to the next invoices, or is paid back by the comptable. The family is mailed. A second click
    changes nothing; raises CannotDecide when a colleague has refused it.
    """
    notes = _locked_together(note)
    note = next(row for row in notes if row.pk == note.pk)
    if note.is_confirmed:
        return note
    if not note.is_proposed:
        raise CannotDecide("Cet avoir a été refusé.")
    families = {row.family_id for row in notes}
    owing = unpaid(with_treasury(with_paid(Invoice.objects.filter(family__in=families)))).filter(Q(at_treasury=False))
    invoices = lock_invoices({*(row.invoice_id for row in notes), *owing.values_list("pk", flat=True)})
    for row in notes:
        _confirm(row, invoices, by, at)
    return note


def _locked_together(note: CreditNote) -> list[CreditNote]:
    """Lock a note and those that are decided with it, in the order of their ids."""
    first = note.together_id or note.pk
    rows = CreditNote.objects.select_for_update(of=("self",), no_key=True)
    return list(rows.filter(Q(pk=first) | Q(together=first)).order_by("pk"))


def _confirm(note: CreditNote, invoices: Sequence[Invoice], by: User, at: datetime) -> None:
    year = in_paris(at).year
    note.number = f"A{year}-{take_numbers(f'avoirs-{year}'):06d}"
    note.status, note.decided_at, note.decided_by = Status.CONFIRMED, at, by
    note.save(update_fields=["number", "status", "decided_at", "decided_by"])
    theirs = [row for row in invoices if row.family_id == note.family_id]
    allocate(note, [note.invoice_id, *(row.pk for row in sorted(theirs, key=lambda row: (row.month, row.pk)))])
    _tell(note)


@transaction.atomic(durable=True)
def confirm_supplement(*, supplement: Supplement, by: User, at: datetime) -> Supplement:
    """Let a supplement go on the household's next invoice; a second click changes nothing, one that is refused raises."""
    supplement = Supplement.objects.select_for_update(of=("self",), no_key=True).get(pk=supplement.pk)
    if supplement.is_confirmed:
        return supplement
    if not supplement.is_proposed:
        raise CannotDecide("Ce complément a été refusé.")
    supplement.status, supplement.decided_at, supplement.decided_by = Status.CONFIRMED, at, by
    supplement.save(update_fields=["status", "decided_at", "decided_by"])
    return supplement


@transaction.atomic(durable=True)
def refuse_correction(*, correction: CreditNote | Supplement, why: str, by: User, at: datetime) -> None:
    """Refuse a proposal, and those that are decided with it, saying why.

    Raises CannotDecide when one is confirmed, or without a reason.
    """
    if not why.strip():
        raise CannotDecide("Dites pourquoi.")
    rows: Sequence[CreditNote | Supplement]
    if isinstance(correction, CreditNote):
        rows = _locked_together(correction)
    else:
        rows = [Supplement.objects.select_for_update(of=("self",), no_key=True).get(pk=correction.pk)]
    if any(row.is_confirmed for row in rows):
        raise CannotDecide("C’est déjà confirmé : rien ne s’efface.")
    for row in rows:
        if row.is_proposed:
            row.status, row.decided_at, row.decided_by, row.refusal = Status.REFUSED, at, by, why.strip()[:200]
            row.save(update_fields=["status", "decided_at", "decided_by", "refusal"])


def allocate(note: CreditNote, invoices: Sequence[int]) -> None:
    """Put what is left of a confirmed credit note on locked invoices (ids), in this order; part of the caller's transaction.

    What the bank is still to debit of an invoice, instalment after instalment, is left to it.
    """
    spare, owed, planned = spare_of(note), owed_each(set(invoices)), planned_each(set(invoices))
    for invoice in dict.fromkeys(invoices):
        share = min(spare, owed.get(invoice, ZERO) - planned.get(invoice, ZERO))
        if share > 0:
            Allocation.objects.create(credit_note=note, invoice_id=invoice, amount=share)
            spare -= share


def _tell(note: CreditNote) -> None:
    """Write to the account holders; an organisation has no space to open, and receives the credit note itself."""
    spare, readers = spare_of(note), readers_of([note.family_id]).get(note.family_id, [])
    queue_mails(emails.credit_note_ready(note, guardian, spare=spare) for guardian in readers)
    if not readers and (contact := contacts_of([note.family_id]).get(note.family_id)):
        queue_mails([emails.credit_note_for_body(note, contact, pdfs.credit_note_pdf(note), spare=spare)])

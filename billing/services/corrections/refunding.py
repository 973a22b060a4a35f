"""What the comptable paid back of a credit note, written down by an agent: the portal itself orders no money."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from billing.models import CreditNote, CreditNoteRefund
from billing.queries.corrections import spare_of
from castres_portal.base.errors import Refusal


class CannotRefund(Refusal):
    """A credit note of which nothing is left."""


@transaction.atomic(durable=True)
def record_refund(*, note: CreditNote, reference: str, by: User, at: datetime) -> CreditNoteRefund:
    """Write down that the comptable paid back all that is left of a credit note; raises CannotRefund when nothing is."""
    note = CreditNote.objects.select_for_update(of=("self",), no_key=True).get(pk=note.pk)
    spare = spare_of(note)
    if spare <= 0:
        raise CannotRefund("Il ne reste rien à rembourser de cet avoir.")
    if not reference.strip():
        raise CannotRefund("Indiquez la référence du mandat ou du virement.")
    return CreditNoteRefund.objects.create(
        note=note, amount=spare, reference=reference.strip()[:60], recorded_at=at, recorded_by=by
    )

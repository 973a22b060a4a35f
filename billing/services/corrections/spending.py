"""What is left of the credit notes goes on the invoices that are being issued; part of the run's transaction."""

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import Q

from billing.models import Allocation, CreditNote, Invoice
from billing.queries.corrections import with_spare


def spend_credit_notes(invoices: Sequence[Invoice]) -> None:
    """Put the households' remaining credit on their new invoices, the oldest credit note first; three queries at most.

    Nobody else sees these invoices yet; the notes are locked, so that a refund and an invoice never have the same euros.
    """
    families = [invoice.family_id for invoice in invoices]
    left = with_spare(CreditNote.objects.filter(family__in=families, status=CreditNote.Status.CONFIRMED))
    ids = list(left.filter(Q(spare__gt=0)).values_list("pk", flat=True))
    if not ids:
        return
    list(CreditNote.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk"))
    notes: dict[int, list[CreditNote]] = defaultdict(list)
    for note in with_spare(CreditNote.objects.filter(pk__in=ids)).order_by("decided_at", "pk"):
        notes[note.family_id].append(note)
    rows = []
    for invoice in invoices:
        owed = invoice.total
        for note in notes[invoice.family_id]:
            share = min(owed, note.spare)  # type: ignore[attr-defined]  # annotated
            if share > 0:
                rows.append(Allocation(credit_note=note, invoice=invoice, amount=share))
                note.spare -= share  # type: ignore[attr-defined]
                owed -= share
    Allocation.objects.bulk_create(rows)

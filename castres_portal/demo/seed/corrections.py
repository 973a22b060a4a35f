"""Credit notes of past months: a household without account saw a mistake at the counter, and the régie put it right that week."""

from datetime import time, timedelta

from accounts.models import User
from billing.models import CreditNote, Invoice, PayingBody
from billing.services.corrections import confirm_credit_note, propose_price_error
from castres_portal.demo.seed.agenda import Agenda, at_hour, billing_day

NOTICED_AFTER = timedelta(days=3)
WORDS = (
    "Le pique-nique était fourni par la famille ce jour-là.",
    "L’enfant a quitté l’école avant le repas, appelé pour un rendez-vous.",
    "La grève avait fermé le restaurant ce jour-là.",
)


def correct_past_invoices(agenda: Agenda, *, by: User) -> None:
    """Propose and confirm one credit note a month, before the invoice is paid: what is left of it is what the household owes."""
    without_account = Invoice.objects.filter(payer__user=None, lines__amount__gte=1, total__gte=10)
    without_account = without_account.exclude(family__in=PayingBody.objects.values("pk"))
    for rank, month in enumerate(agenda.cast_billed[:-1]):
        invoice = without_account.filter(month=month).order_by("number").distinct().first()
        noticed = at_hour(billing_day(month) + NOTICED_AFTER, time(10, 20))
        if invoice is None or noticed.date() >= agenda.today:
            continue
        lines = invoice.lines.filter(amount__gte=1).order_by("day", "pk")[: 1 + rank % 2]
        note = propose_price_error(
            invoice=invoice,
            lines=[line.pk for line in lines],
            per_line=None,
            reason=CreditNote.Reason.PRICE,
            words=WORDS[rank % len(WORDS)],
            by=by,
            at=noticed,
        )
        confirm_credit_note(note=note, by=by, at=noticed + timedelta(minutes=25))

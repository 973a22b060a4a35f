"""Papers of billing."""

from django.conf import settings
from schwifty import IBAN

from billing.models import CreditNote, Invoice, SepaMandate
from billing.queries.corrections import credited_lines
from billing.queries.coverage import asked_by, split_of
from billing.rules.grouping import group_lines
from castres_portal.base.pdf import render_pdf


def invoice_pdf(invoice: Invoice) -> bytes:
    """Render an invoice as a tagged PDF. It shows what was issued, and so never whether it has been paid since."""
    context = {
        "invoice": invoice,
        "window": invoice.window,
        "bill": group_lines(invoice.lines.all()),
        "split": split_of(invoice),
        "words": settings.INVOICE_WORDS,
    }
    if invoice.for_others:
        return render_pdf("billing/pdf/covered_invoice.html", {**context, "asked": asked_by(invoice)})
    return render_pdf("billing/pdf/invoice.html", context)


def credit_note_pdf(note: CreditNote) -> bytes:
    """Render a confirmed credit note as a tagged PDF. It shows what was decided, and so never what became of the money since."""
    context = {
        "note": note,
        "invoice": note.invoice,
        "bill": group_lines(credited_lines(note)),
        "words": settings.INVOICE_WORDS,
    }
    return render_pdf("billing/pdf/credit_note.html", context)


def mandate_pdf(mandate: SepaMandate) -> bytes:
    """Render the copy of a mandate, with the whole IBAN: it is for who signed it and for the régie."""
    iban = IBAN(mandate.iban, allow_invalid=True).formatted
    return render_pdf("billing/pdf/mandate.html", {"mandate": mandate, "iban": iban})

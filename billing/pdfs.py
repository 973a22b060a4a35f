"""Papers of billing."""

from django.conf import settings
from django.urls import reverse
from schwifty import IBAN

from billing.models import CreditNote, Invoice, SepaMandate
from billing.queries.corrections import credited_lines
from billing.queries.coverage import asked_by, split_of
from billing.queries.invoices import deducted_at_issue
from billing.queries.till import till_policy
from billing.rules.grouping import group_lines
from billing.rules.till import means_in_words
from billing.sepa.config import creditor
from castres_portal.base.pdf import render_pdf
from castres_portal.base.qr import qr_drawing


def payment_address(invoice: Invoice) -> str:
    """Return the page where an invoice is paid, or says that it is paid or handed over: what its QR code holds."""
    return str(settings.SITE_URL) + reverse("billing:invoice", args=[invoice.number])


def invoice_pdf(invoice: Invoice) -> bytes:
    """Render an invoice as a tagged PDF. It shows what was issued, credit notes deducted that day included, and so never
    whether it has been paid since."""
    address = payment_address(invoice)
    deducted = deducted_at_issue(invoice)
    context = {
        "invoice": invoice,
        "window": invoice.window,
        "bill": group_lines(invoice.lines.all()),
        "deducted": deducted,
        "left": invoice.total - sum(allocation.amount for allocation in deducted),
        "split": split_of(invoice),
        "words": settings.INVOICE_WORDS,
        "counter": means_in_words(till_policy()),
        "takes_debits": creditor() is not None,
        "address": address,
        "qr": qr_drawing(address),
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

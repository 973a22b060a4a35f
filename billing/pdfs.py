"""Papers of billing."""

from django.conf import settings

from billing.models import Invoice
from billing.rules.grouping import group_lines
from castres_portal.base.pdf import render_pdf


def invoice_pdf(invoice: Invoice) -> bytes:
    """Render an invoice as a tagged PDF. It shows what was issued, and so never whether it has been paid since."""
    context = {
        "invoice": invoice,
        "window": invoice.window,
        "bill": group_lines(invoice.lines.all()),
        "words": settings.INVOICE_WORDS,
    }
    return render_pdf("billing/pdf/invoice.html", context)

"""Mails of billing."""

from django.conf import settings
from django.urls import reverse

from billing.models import Invoice
from castres_portal.base.mail import Letter
from families.models import Guardian


def invoice_ready(invoice: Invoice, guardian: Guardian) -> Letter:
    """Tell an account holder that an invoice of her household is there; it names no child."""
    assert guardian.user, "only account holders are written to"
    return Letter(
        "billing/mail/invoice_ready",
        guardian.user.email,
        {
            "guardian": guardian,
            "invoice": invoice,
            "window": invoice.window,
            "invoice_url": settings.SITE_URL + reverse("billing:invoice", args=[invoice.number]),
        },
    )

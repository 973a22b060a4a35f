"""Mails about invoices: one is there, how they come from now on."""

from django.conf import settings
from django.urls import reverse

from billing.models import DeliveryChoice, Invoice
from castres_portal.base.mail import Enclosure, Letter
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


def invoice_for_body(invoice: Invoice, contact: Guardian, paper: bytes) -> Letter:
    """Send an organisation its invoice; the children are named in the paper alone."""
    return Letter(
        "billing/mail/invoice_for_body",
        contact.email,
        {"guardian": contact, "invoice": invoice, "window": invoice.window},
        enclosures=(Enclosure(f"facture-{invoice.number}.pdf", paper, "application/pdf"),),
    )


def delivery_chosen(choice: DeliveryChoice, guardian: Guardian) -> Letter:
    """Tell an account holder how her household receives its invoices from now on."""
    assert guardian.user, "only account holders are written to"
    return Letter(
        "billing/mail/delivery_chosen",
        guardian.user.email,
        {
            "guardian": guardian,
            "choice": choice,
            "delivery_url": settings.SITE_URL + reverse("billing:delivery"),
        },
    )

"""Mails of billing."""

from decimal import Decimal

from django.conf import settings
from django.urls import reverse

from billing.models import Invoice, Payment
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


def payment_undone(payment: Payment, gone: Payment, owing: list[tuple[Invoice, Decimal]], *, to: str) -> Letter:
    """Tell who paid that the bank called the payment off or took it back, and what each invoice owes again (euros)."""
    path = reverse("billing:invoice", args=[owing[0][0].number]) if len(owing) == 1 else reverse("billing:invoices")
    return Letter(
        "billing/mail/payment_undone",
        to,
        {
            "payment": payment,
            "contested": gone.kind == Payment.Kind.CHARGEBACK,
            "owing": owing,
            "invoices_url": settings.SITE_URL + path,
        },
    )

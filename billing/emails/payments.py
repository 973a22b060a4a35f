"""Mails about money that the bank called off, took back, or did not debit."""

from decimal import Decimal

from django.conf import settings
from django.urls import reverse

from billing.models import Instalment, Invoice, Payment
from castres_portal.base.mail import Letter


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


def instalment_missed(instalment: Instalment, *, is_late: bool, to: str) -> Letter:
    """Tell who chose to pay in instalments that one was refused, or does not come."""
    invoice = instalment.attempt.invoice
    return Letter(
        "billing/mail/instalment_missed",
        to,
        {
            "instalment": instalment,
            "invoice": invoice,
            "is_late": is_late,
            "invoice_url": settings.SITE_URL + reverse("billing:invoice", args=[invoice.number]),
        },
    )

"""« Justificatif de paiement »: the mail that acknowledges a payment (CRPA R112-11-1 for a service used on line)."""

from decimal import Decimal

from django.conf import settings
from django.urls import reverse

from billing.models import Payment, PaymentAttempt
from castres_portal.base.mail import queue_mail


def queue_receipt(payment: Payment, attempt: PaymentAttempt, *, for_invoice: Decimal) -> None:
    """Write the receipt to whoever paid, else to the invoice's payer; amounts in euros.

    Called once per payment, by the transaction that creates it. Without any address there is nobody to write to.
    """
    invoice = attempt.invoice
    to = attempt.user.email if attempt.user else invoice.payer.email
    if not to:
        return
    context = {
        "payment": payment,
        "invoice": invoice,
        "surplus": payment.amount - for_invoice,
        "invoice_url": settings.SITE_URL + reverse("billing:invoice", args=[invoice.number]),
    }
    queue_mail("billing/mail/payment_receipt", to, context)

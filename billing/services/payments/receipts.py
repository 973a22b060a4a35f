"""« Justificatif de paiement »: the mail that acknowledges a payment (CRPA R112-11-1 for a service used on line)."""

from django.conf import settings
from django.urls import reverse

from billing.models import AttemptShare, PaymentAttempt
from billing.queries.instalments import still_to_come
from billing.queries.payments import NOTHING
from billing.services.payments.ledger import Entry
from castres_portal.base.mail import queue_mail


def queue_receipt(entry: Entry, attempt: PaymentAttempt, shares: list[AttemptShare]) -> None:
    """Write the receipt to whoever paid, else to the payer of the first invoice; amounts in euros.

    Called once per payment, by the transaction that creates it. Without any address there is nobody to write to.
    """
    invoice = shares[0].invoice
    to = attempt.user.email if attempt.user else invoice.payer.email
    if not to:
        return
    path = reverse("billing:invoice", args=[invoice.number]) if len(shares) == 1 else reverse("billing:invoices")
    context = {
        "payment": entry.payment,
        "invoices": [(share.invoice, entry.parts.get(share.invoice_id, NOTHING)) for share in shares],
        "regie": invoice.regie,
        "surplus": entry.surplus,
        "planned": still_to_come(attempt, but=entry.payment.amount),
        "invoices_url": settings.SITE_URL + path,
    }
    queue_mail("billing/mail/payment_receipt", to, context)

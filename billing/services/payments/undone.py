"""Telling a family that money which it believed paid is gone again."""

from billing import emails
from billing.models import Invoice, Payment, PaymentAttempt
from billing.services.payments.ledger import Entry
from castres_portal.base.mail import queue_mails


def tell_of_money_gone(payment: Payment, entry: Entry, attempt: PaymentAttempt) -> None:
    """Write to whoever paid that the bank called a payment off or took it back, when an invoice owes again because of it.

    Called by the transaction that writes the row, once. Without any address there is nobody to write to.
    """
    lost = {invoice: -part for invoice, part in entry.parts.items() if part < 0}
    to = attempt.user.email if attempt.user else attempt.invoice.payer.email
    if not lost or not to:
        return
    invoices = Invoice.objects.filter(pk__in=lost).order_by("month", "number")
    queue_mails([emails.payment_undone(payment, entry.payment, [(each, lost[each.pk]) for each in invoices], to=to)])

"""The two rows that payments lock, always the attempt first."""

from billing.models import Invoice, PaymentAttempt


def lock_attempt(order_id: str) -> PaymentAttempt | None:
    """Lock the attempt that a transaction names: what is said of one order is applied one message after the other."""
    return PaymentAttempt.objects.select_for_update(of=("self",), no_key=True).filter(order_id=order_id).first()


def lock_invoice(invoice_id: int) -> Invoice:
    """Lock an invoice: whoever allocates money to it, or opens an attempt on it, waits for the previous one."""
    return Invoice.objects.select_for_update(of=("self",), no_key=True).get(pk=invoice_id)

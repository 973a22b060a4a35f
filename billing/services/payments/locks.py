"""The rows that payments lock: the attempt first, then its payments, then invoices, each kind in id order."""

from collections.abc import Collection

from billing.models import Invoice, Payment, PaymentAttempt


def lock_attempt(order_id: str) -> PaymentAttempt | None:
    """Lock the attempt that a transaction names: what is said of one order is applied one message after the other."""
    return PaymentAttempt.objects.select_for_update(of=("self",), no_key=True).filter(order_id=order_id).first()


def lock_payments(payments: Collection[int]) -> list[Payment]:
    """Lock payments: what no invoice has of them is used, or goes back, once."""
    rows = Payment.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=payments)
    return list(rows.order_by("pk"))


def lock_invoices(invoice_ids: Collection[int]) -> list[Invoice]:
    """Lock invoices: whoever allocates money to one, or opens an attempt on it, waits for the previous one."""
    rows = Invoice.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=invoice_ids)
    return list(rows.order_by("pk"))

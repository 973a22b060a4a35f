"""Papers of the régie: receipts, closings, deposit slips."""

from decimal import Decimal

from django.conf import settings

from billing.models import DepositSlip, Payment, TillClosing
from billing.queries.till import sums_of
from billing.rules.till import net_of
from castres_portal.base.pdf import render_pdf


def receipt_pdf(payment: Payment) -> bytes:
    """Render the numbered receipt (« quittance ») of a payment: what it paid on the day it was made, whatever came since."""
    shares = list(payment.allocations.select_related("invoice").order_by("invoice__month", "invoice__number"))
    entry = getattr(payment, "till_entry", None)
    context = {
        "payment": payment,
        "entry": entry,
        "details": entry.details if entry else [],
        "shares": shares,
        "surplus": payment.amount - sum((share.amount for share in shares), Decimal(0)),
        "regie": settings.TOWN["regie"],
        "reversal": getattr(payment, "till_reversal", None),
    }
    return render_pdf("billing/pdf/till_receipt.html", context)


def closing_pdf(closing: TillClosing) -> bytes:
    """Render a closing: sums by means, cash counted, every movement."""
    movements = Payment.objects.filter(closed__closing=closing).order_by("received_at", "pk")
    sums = sums_of(movements)
    rows = movements.select_related("family", "till_entry")
    context = {
        "closing": closing,
        "sums": sums,
        "net": net_of(sums),
        "difference": closing.cash_counted - closing.cash_expected,
        "rows": rows,
        "regie": settings.TOWN["regie"],
    }
    return render_pdf("billing/pdf/till_closing.html", context)


def deposit_pdf(slip: DepositSlip) -> bytes:
    """Render a deposit slip, its cheques or CESU one by one."""
    rows = Payment.objects.filter(deposited__slip=slip).order_by("received_at", "pk")
    context = {
        "slip": slip,
        "rows": rows.select_related("family", "till_entry"),
        "regie": settings.TOWN["regie"],
        "is_cheques": slip.kind == DepositSlip.Kind.CHEQUES,
    }
    return render_pdf("billing/pdf/deposit_slip.html", context)

"""Rows of the money: runs and invoices, windows, payments and their allocation, what the bank said, what is amiss."""

from billing.models.anomalies import Anomaly
from billing.models.invoices import Invoice, InvoiceLine, InvoicePdf, PaymentWindow
from billing.models.payments import Allocation, Payment, PaymentAttempt, PayzenMessage
from billing.models.runs import BillingChunk, BillingRun, PreviewedActivity, PreviewedHousehold, PreviewFinding

__all__ = [
    "Allocation",
    "Anomaly",
    "BillingChunk",
    "BillingRun",
    "Invoice",
    "InvoiceLine",
    "InvoicePdf",
    "Payment",
    "PaymentAttempt",
    "PaymentWindow",
    "PayzenMessage",
    "PreviewFinding",
    "PreviewedActivity",
    "PreviewedHousehold",
]

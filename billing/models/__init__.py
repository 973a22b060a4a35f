"""Rows of the money: runs and invoices, windows, payments and their allocation, what the bank said, what is amiss."""

from billing.models.anomalies import Anomaly
from billing.models.attempts import AttemptShare, PaymentAttempt, PayzenMessage
from billing.models.credit import Chargeback, CreditRefund, CreditUse
from billing.models.invoices import BillingChunk, BillingRun, Invoice, InvoiceLine, InvoicePdf, PaymentWindow
from billing.models.payments import Allocation, Payment

__all__ = [
    "Allocation",
    "Anomaly",
    "AttemptShare",
    "BillingChunk",
    "BillingRun",
    "Chargeback",
    "CreditRefund",
    "CreditUse",
    "Invoice",
    "InvoiceLine",
    "InvoicePdf",
    "Payment",
    "PaymentAttempt",
    "PaymentWindow",
    "PayzenMessage",
]

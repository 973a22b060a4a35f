"""Rows of the money: runs and invoices, windows, payments and their allocation, what the bank said, what is amiss."""

from billing.models.anomalies import Anomaly
from billing.models.attempts import AttemptShare, Instalment, PaymentAttempt, PayzenMessage
from billing.models.credit import Chargeback, CreditRefund, CreditUse
from billing.models.delivery import DeliveryChoice, PrintBatch, PrintedInvoice
from billing.models.disputes import Dispute, DisputedLine
from billing.models.invoices import Invoice, InvoiceLine, InvoicePdf, PaymentWindow
from billing.models.payments import Allocation, Payment
from billing.models.runs import BillingChunk, BillingRun, PreviewedActivity, PreviewedHousehold, PreviewFinding

__all__ = [
    "Allocation",
    "Anomaly",
    "AttemptShare",
    "BillingChunk",
    "BillingRun",
    "Chargeback",
    "CreditRefund",
    "CreditUse",
    "DeliveryChoice",
    "Dispute",
    "DisputedLine",
    "Instalment",
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
    "PrintBatch",
    "PrintedInvoice",
]

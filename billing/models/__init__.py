"""Rows of the money: runs and invoices, windows, payments and their allocation, what the bank said, what is amiss."""

from billing.models.anomalies import Anomaly
from billing.models.attempts import AttemptShare, PaymentAttempt, PayzenMessage
from billing.models.carried import CarriedMonth
from billing.models.corrections import CreditNote, CreditNoteLine, CreditNoteRefund, Supplement, SupplementLine
from billing.models.coverage import Coverage, CoveredLine, PayingBody, PreviewedPayer
from billing.models.credit import Chargeback, CreditRefund, CreditUse
from billing.models.daily import DailyFile, DailyLine
from billing.models.debits import Debit, DebitBatch, SepaMandate
from billing.models.delivery import DeliveryChoice, PrintBatch, PrintedInvoice
from billing.models.disputes import Dispute, DisputedLine
from billing.models.instalments import Instalment
from billing.models.invoices import Invoice, InvoiceLine, InvoicePdf, PaymentWindow
from billing.models.payments import Allocation, Payment
from billing.models.reconciliation import Discrepancy, ReconciliationRun
from billing.models.runs import BillingChunk, BillingRun, PreviewedActivity, PreviewedHousehold, PreviewFinding
from billing.models.till import ClosedPayment, DepositedPayment, DepositSlip, TillClosing, TillEntry
from billing.models.treasury import PaymentReminder, RecoveryHold, TreasuryBatch, TreasuryHandover

__all__ = [
    "Allocation",
    "Anomaly",
    "AttemptShare",
    "BillingChunk",
    "BillingRun",
    "CarriedMonth",
    "Chargeback",
    "ClosedPayment",
    "Coverage",
    "CoveredLine",
    "CreditNote",
    "CreditNoteLine",
    "CreditNoteRefund",
    "CreditRefund",
    "CreditUse",
    "DailyFile",
    "DailyLine",
    "Debit",
    "DebitBatch",
    "DeliveryChoice",
    "DepositSlip",
    "DepositedPayment",
    "Discrepancy",
    "Dispute",
    "DisputedLine",
    "Instalment",
    "Invoice",
    "InvoiceLine",
    "InvoicePdf",
    "PayingBody",
    "Payment",
    "PaymentAttempt",
    "PaymentReminder",
    "PaymentWindow",
    "PayzenMessage",
    "PreviewFinding",
    "PreviewedActivity",
    "PreviewedHousehold",
    "PreviewedPayer",
    "PrintBatch",
    "PrintedInvoice",
    "ReconciliationRun",
    "RecoveryHold",
    "SepaMandate",
    "Supplement",
    "SupplementLine",
    "TillClosing",
    "TillEntry",
    "TreasuryBatch",
    "TreasuryHandover",
]

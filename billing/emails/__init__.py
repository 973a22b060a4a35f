"""Mails of billing: one function and three templates each."""

from billing.emails.corrections import credit_note_for_body, credit_note_ready
from billing.emails.debits import debit_announced, debit_returned, mandate_ended, mandate_signed
from billing.emails.invoices import delivery_chosen, invoice_for_body, invoice_ready
from billing.emails.payments import instalment_missed, payment_undone
from billing.emails.reconciliation import discrepancies_found

__all__ = [
    "credit_note_for_body",
    "credit_note_ready",
    "debit_announced",
    "debit_returned",
    "delivery_chosen",
    "discrepancies_found",
    "invoice_for_body",
    "invoice_ready",
    "mandate_ended",
    "mandate_signed",
    "instalment_missed",
    "payment_undone",
]

"""Mails of billing: one function and three templates each."""

from billing.emails.corrections import credit_note_ready
from billing.emails.invoices import delivery_chosen, invoice_ready
from billing.emails.payments import payment_undone
from billing.emails.reconciliation import discrepancies_found

__all__ = ["credit_note_ready", "delivery_chosen", "discrepancies_found", "invoice_ready", "payment_undone"]

"""Payments on line: the payer leaves for a bank, the bank's word is stored then applied, and asked for when it does not come.

Locks are always taken in this order: message, attempt, payments, invoices, counter. Nothing asks the bank while it holds one.
"""

from billing.services.payments.applying import apply_message, apply_stored_messages, apply_transaction
from billing.services.payments.chargebacks import ChargebackRefused, record_chargeback
from billing.services.payments.credit import (
    CreditRefused,
    put_credit_on_invoices,
    record_credit_refund,
    total_of,
    use_credit,
)
from billing.services.payments.instalments import watch_instalments
from billing.services.payments.journal import store_answer, store_notification, transaction_of
from billing.services.payments.reconciling import (
    CANNOT_ASK,
    Answer,
    Report,
    ask_about,
    ask_at_next_pass,
    ask_now,
    hear_of,
    reconcile,
)
from billing.services.payments.starting import PaymentInProgress, PaymentRefused, Started, start_payment

__all__ = [
    "CANNOT_ASK",
    "Answer",
    "ChargebackRefused",
    "CreditRefused",
    "PaymentInProgress",
    "PaymentRefused",
    "Report",
    "Started",
    "apply_message",
    "apply_stored_messages",
    "apply_transaction",
    "ask_about",
    "ask_at_next_pass",
    "ask_now",
    "hear_of",
    "put_credit_on_invoices",
    "reconcile",
    "record_chargeback",
    "record_credit_refund",
    "start_payment",
    "store_answer",
    "store_notification",
    "total_of",
    "transaction_of",
    "use_credit",
    "watch_instalments",
]

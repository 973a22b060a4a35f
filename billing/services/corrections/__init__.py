"""Corrections of issued invoices, which never change: credit notes and supplements, proposed, then confirmed or refused.

Locks are always taken in this order: the month's numbers (who proposes), the credit note, invoices in id order, the counter of
the credit notes. Payments lock their attempt, then invoices, and no credit note.
"""

from billing.services.corrections.deciding import (
    CannotDecide,
    confirm_credit_note,
    confirm_supplement,
    refuse_correction,
)
from billing.services.corrections.proposing import CannotPropose, propose_price_error
from billing.services.corrections.refunding import CannotRefund, record_refund

__all__ = [
    "CannotDecide",
    "CannotPropose",
    "CannotRefund",
    "confirm_credit_note",
    "confirm_supplement",
    "propose_price_error",
    "record_refund",
    "refuse_correction",
]

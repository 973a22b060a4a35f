"""SEPA direct debits: signing a mandate, telling the families, making the bank's file, finding the money, taking returns in."""

from billing.services.debits.batches import announce_debits, confirm_batch, make_file
from billing.services.debits.mandates import end_mandate, end_unused_mandates, sign_mandate
from billing.services.debits.returns import Match, apply_returns, match_returns

__all__ = [
    "Match",
    "announce_debits",
    "apply_returns",
    "confirm_batch",
    "end_mandate",
    "end_unused_mandates",
    "make_file",
    "match_returns",
    "sign_mandate",
]

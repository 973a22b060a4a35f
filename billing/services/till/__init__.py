"""The régie's counter: money is taken, called off, counted and deposited; each is a row, none is ever rewritten.

Locks are taken in the order of billing/services/payments: payments, invoices, then the till, then the counters of numbers.
"""

from billing.services.till.closing import close_till
from billing.services.till.collecting import Collected, Handed, check_collection, collect
from billing.services.till.deposits import deposit_cash, deposit_titles
from billing.services.till.refusals import TillRefused
from billing.services.till.reversing import reverse_collection

__all__ = [
    "Collected",
    "Handed",
    "TillRefused",
    "check_collection",
    "close_till",
    "collect",
    "deposit_cash",
    "deposit_titles",
    "reverse_collection",
]

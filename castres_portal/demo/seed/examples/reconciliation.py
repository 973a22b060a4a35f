"""The check of the accounts of last night, over everything that the other examples did."""

from datetime import date, time

from billing.services.reconciliation import reconcile_accounts
from castres_portal.demo.seed.agenda import at_hour


def check_accounts(today: date) -> None:
    """Check as the scheduler does, in the first minute of the day: the demonstration may be opened just after."""
    reconcile_accounts(at=at_hour(today, time.min))

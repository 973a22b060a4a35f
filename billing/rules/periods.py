"""Months. A month is named by its first day. Pure."""

import re
from datetime import date, timedelta

from castres_portal.base.french import long_day, of_month


class NotAMonth(ValueError):
    """A text that is not a month written ``AAAA-MM``."""


class MonthNotOver(Exception):
    """A month that cannot be invoiced yet; ``message`` says until when, in French."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def month_of(day: date) -> date:
    """Return the first day of a day's month."""
    return date(day.year, day.month, 1)


def next_month(month: date) -> date:
    """Return the first day of the month that follows."""
    return month_of(month_of(month) + timedelta(days=31))


def previous_month(month: date) -> date:
    """Return the first day of the month before."""
    return month_of(month_of(month) - timedelta(days=1))


def last_day_of(month: date) -> date:
    """Return the last day of a month."""
    return next_month(month) - timedelta(days=1)


def parse_month(text: str) -> date:
    """Read ``2026-10``; raise NotAMonth for anything else."""
    if not re.fullmatch(r"\d{4}-\d{2}", text.strip()):
        raise NotAMonth(text)
    try:
        return date.fromisoformat(f"{text.strip()}-01")
    except ValueError as error:
        raise NotAMonth(text) from error


def check_month_is_over(month: date, *, today: date) -> None:
    """Raise MonthNotOver while a day of the month may still be booked or cancelled."""
    following = next_month(month)
    if today < following:
        raise MonthNotOver(
            f"Le mois {of_month(month)} n’est pas terminé : il pourra être facturé à partir du {long_day(following)}."
        )


def invoice_number(month: date, rank: int) -> str:
    """Write the number of an invoice: ``2610000001``, YYMM of the billed month and its rank in six digits."""
    return f"{month:%y%m}{rank:06d}"


def number_series(month: date) -> str:
    """Name the counter of a month's invoices."""
    return f"factures-{month:%y%m}"

"""When a request is to be answered, and what may still be done with it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from castres_portal.base.clock import in_paris

# Rejection or acceptance by silence: two months (CRPA L231-1 and L231-4).
SILENCE_MONTHS = 2


def promised_day(received_at: datetime, days: int) -> date:
    """Return the day before which an answer is promised: so many days after the day of reception, in Paris."""
    return in_paris(received_at).date() + timedelta(days=days)


def silence_day(received_at: datetime) -> date:
    """Return the day on which two months have gone by: the same date two months later, or the last of that month."""
    day = in_paris(received_at).date()
    month = day.month - 1 + SILENCE_MONTHS
    year, month = day.year + month // 12, month % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - date.resolution).day
    return date(year, month, min(day.day, last))


@dataclass(frozen=True)
class Stage:
    """One moment of a request's life, as the page lists it."""

    title: str
    at: datetime
    words: str = ""

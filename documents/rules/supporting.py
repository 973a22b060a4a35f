"""Until when a paper holds, when its family is reminded of it, when it is deleted. Pure."""

import calendar
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

# A paper « of the school year » (insurance) covers the holiday centres of the summer that follows it.
LAST_DAY_OF_SCHOOL_YEAR = (8, 31)


def add_months(day: date, months: int) -> date:
    """Return the same day some months later, or the last day of a shorter month."""
    count = day.month - 1 + months
    year, month = day.year + count // 12, count % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def end_of_school_year(day: date) -> date:
    """Return the 31 August that ends the school year of a day."""
    return date(day.year + (day.month >= 9), *LAST_DAY_OF_SCHOOL_YEAR)


def computed_validity(validity: str, months: int | None, issued_on: date) -> date | None:
    """Return the last day on which a paper issued on a day holds; None: no limit, or a date that somebody must type.

    ``validity`` is one of DocumentKind.Validity.
    """
    if validity == "mois" and months:
        return add_months(issued_on, months) - timedelta(days=1)
    return end_of_school_year(issued_on) if validity == "annee" else None


def is_expired(valid_until: date | None, today: date) -> bool:
    """Say whether a paper's last day has passed."""
    return valid_until is not None and valid_until < today


def reminders_due(valid_until: date, today: date, thresholds: Iterable[int], told: Iterable[int]) -> list[int]:
    """Return the thresholds (days before the end) reached and not yet told, the nearest last.

    A night that was skipped is caught up; a paper that has expired is no longer announced.
    """
    left = (valid_until - today).days
    known = set(told)
    if left < 0:
        return []
    return sorted((days for days in thresholds if left <= days and days not in known), reverse=True)


def first_reminder_day(today: date, thresholds: Sequence[int]) -> date:
    """Return the latest last day that is worth looking at: those that end after it are not to be told yet."""
    return today + timedelta(days=max(thresholds, default=0))


def delete_on(*, status: str, valid_until: date | None, decided_on: date | None, retention_days: int) -> date | None:
    """Return the first day on which the file is no longer kept; None while nobody has decided.

    An accepted paper is kept for its kind's time after its last day, or after the decision when it has no last day; a
    refused one after the decision. RGPD article 5(1)(e): no longer than what it was asked for needs.
    """
    if decided_on is None or status not in ("acceptee", "refusee"):
        return None
    start = valid_until if status == "acceptee" and valid_until and valid_until > decided_on else decided_on
    return start + timedelta(days=retention_days + 1)

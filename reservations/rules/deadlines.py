"""Until when a day can change.

Source: délibération of the conseil municipal of 13 December 2022, reservation seven days ahead. Castres has not published
an hour, so an activity may have one or none. Days are counted on the calendar, instants are compared: an hour is that of
the Paris wall clock on day − N, whatever the clocks did in between.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache

from castres_portal.base.clock import PARIS, midnight
from castres_portal.base.french import clock_time, long_day

MINUTE = timedelta(minutes=1)


@lru_cache(maxsize=4096)
def deadline(day: date, days: int, hour: time | None) -> datetime:
    """Return the first instant, aware, at which ``day`` can no longer change.

    Without an hour the whole of day − N is still good: a meal of 8 December with N = 7 can change until 1 December
    23:59:59, so the answer is 2 December 00:00. With an hour, that wall-clock time on day − N.
    """
    if hour is None:
        return midnight(day - timedelta(days=days - 1))
    return wall_clock(day - timedelta(days=days), hour)


def wall_clock(day: date, hour: time) -> datetime:
    """Return the instant at which the clocks of Paris show an hour: the first of two when it is repeated in autumn, the
    next valid instant when it is skipped in spring."""
    shown = datetime.combine(day, hour, PARIS)
    if _exists(shown):
        return shown
    shown = shown.replace(second=0, microsecond=0)
    while not _exists(shown):
        shown += MINUTE
    return shown


def _exists(shown: datetime) -> bool:
    return datetime.fromtimestamp(shown.timestamp(), PARIS).replace(fold=0) == shown


def last_moment(until: datetime, hour: time | None) -> str:
    """Say a deadline as a family reads it: « jusqu’au mardi 1er décembre 2026 », « jusqu’au lundi 7 décembre 2026 à 9 h »."""
    if hour is None:
        return f"jusqu’au {long_day(until.date() - timedelta(days=1))}"
    return f"jusqu’au {long_day(until.date())} à {clock_time(until)}"

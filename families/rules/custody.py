"""In which household a child lives on a day.

Weeks run from Monday to Sunday. Odd and even are ISO week numbers, as family judges write them; after a year of 53 weeks two
odd weeks follow each other (week 53, then week 1), so the same household has the child twice in a row. Strict alternation
counts weeks from a first Monday and knows no such accident.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Protocol


class Stay(Protocol):
    """What the rules read of a Custody row (both ends of the period included)."""

    family_id: int
    rhythm: str
    first_monday: date | None
    starts_on: date
    ends_on: date | None


class Swap(Protocol):
    """What the rules read of a CustodyException row."""

    family_id: int
    starts_on: date
    ends_on: date


def is_at_home(stay: Stay, day: date) -> bool:
    """Say whether a stay holds on a day, exceptions aside."""
    if day < stay.starts_on or (stay.ends_on is not None and day > stay.ends_on):
        return False
    if stay.rhythm == "pleine":
        return True
    if stay.rhythm == "alternee":
        assert stay.first_monday is not None  # a database constraint says so
        return (day - stay.first_monday).days // 7 % 2 == 0
    is_odd = day.isocalendar().week % 2 == 1
    return is_odd == (stay.rhythm == "impaire")


def household_on(day: date, stays: Iterable[Stay], exceptions: Iterable[Swap] = ()) -> int | None:
    """Return the id of the household that has the child on a day, or None when no stay covers it.

    A dated exception wins over the rhythm; of two exceptions on one day, the one that starts last.
    """
    current = [e for e in exceptions if e.starts_on <= day <= e.ends_on]
    if current:
        return max(current, key=lambda e: e.starts_on).family_id
    return next((stay.family_id for stay in stays if is_at_home(stay, day)), None)


def conflict_between(one: Stay, other: Stay) -> date | None:
    """Return the first day on which two stays would both hold, or None.

    Different rhythms are compared day by day over six years, more than the cycle in which ISO weeks and strict
    alternation can fail to meet.
    """
    first = max(one.starts_on, other.starts_on)
    last = min(one.ends_on or date.max, other.ends_on or date.max)
    if first > last:
        return None
    rhythms = {one.rhythm, other.rhythm}
    if rhythms == {"paire", "impaire"}:
        return None
    if rhythms == {"alternee"} and one.first_monday and other.first_monday:
        weeks_apart = (one.first_monday - other.first_monday).days // 7
        if weeks_apart % 2 == 1:
            return None
    horizon = min(last, first + timedelta(days=6 * 366))
    day = first
    while day <= horizon:
        if is_at_home(one, day) and is_at_home(other, day):
            return day
        day += timedelta(days=1)
    return None


def doubled_week(rhythm: str, first: date, last: date) -> date | None:
    """Return the Monday of an ISO week 1 that follows a week 53 between two days, for a rhythm by ISO parity.

    Around it the household of odd weeks has the child two weeks running; the page explains it.
    """
    if rhythm not in ("paire", "impaire"):
        return None
    monday = first - timedelta(days=first.weekday())
    while monday <= last:
        if monday.isocalendar().week == 1 and (monday - timedelta(days=1)).isocalendar().week == 53:
            return monday
        monday += timedelta(days=7)
    return None

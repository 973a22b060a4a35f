"""When a quotient takes effect, until when it holds, and when its household is told that it ends."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

# Days before the end at which the household is told.
THRESHOLDS = (30, 15, 1)
# Nights may be skipped: an end that nobody announced is still told so many days after.
TOLD_AFTER_THE_END = 7
LARGEST = 99_999


def first_of_month(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def add_months(month: date, count: int) -> date:
    """Return the first day of the month that comes ``count`` months after the month of a day (before, when negative)."""
    number = month.year * 12 + month.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)


def effect_of(received_on: date, *, valid_months: int) -> tuple[date, date]:
    """Return from when and until when, both included, a quotient holds whose proof was given on a day.

    From the first day of the month of the deposit, whatever the day an agent reads it: a family does not pay for the service's
    delay. For so many months, to the last day of the last one (settings.QUOTIENT, « démonstration »).
    """
    starts_on = first_of_month(received_on)
    return starts_on, add_months(starts_on, valid_months) - timedelta(days=1)


def month_problem(month: date, *, today: date, oldest_months: int) -> str:
    """Say in French why a declared month cannot be, or nothing."""
    if month > first_of_month(today):
        return "Ce mois n’est pas encore commencé : donnez celui que porte l’attestation."
    if month < add_months(today, -oldest_months):
        return f"Ce quotient a plus de {oldest_months} mois : demandez à la CAF ou à la MSA une attestation récente."
    return ""


@dataclass(frozen=True, slots=True)
class Period:
    """A quotient over a period, both ends included; ``ends_on`` None: until another comes."""

    id: int
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Making:
    """How periods make room for a new one: those that end earlier (id, new last day), those replaced, the one in the way."""

    shortened: list[tuple[int, date]]
    replaced: list[int]
    later: Period | None = None


def make_room(periods: Sequence[Period], *, starts_on: date, ends_on: date | None) -> Making:
    """Say what becomes of a household's periods when a new one comes.

    What began before ends the day before; what began on the very day is replaced; a period that begins later is in the way, and
    is left alone.
    """
    shortened, replaced, later = [], [], None
    for period in sorted(periods, key=lambda each: each.starts_on):
        if period.starts_on < starts_on:
            if period.ends_on is None or period.ends_on >= starts_on:
                shortened.append((period.id, starts_on - timedelta(days=1)))
        elif period.starts_on == starts_on:
            replaced.append(period.id)
        elif later is None and (ends_on is None or period.starts_on <= ends_on):
            later = period
    return Making(shortened, replaced, later)


def thresholds_due(ends_on: date, *, today: date, told: Collection[int]) -> list[int]:
    """Return the thresholds reached that the household was not told of, largest first; one mail says them all."""
    left = (ends_on - today).days
    if left < -TOLD_AFTER_THE_END:
        return []
    return [days for days in THRESHOLDS if left <= days and days not in told]

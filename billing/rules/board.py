"""What the régie's dashboard counts: its periods, the age of a debt, shares, the time that families take to pay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from castres_portal.base.french import month_name

MONTHS = 12
LAST_TWELVE = "12-mois"
SEPTEMBER = 9
THOUSANDS_FROM = 10_000  # euros: from there a plot counts in thousands


class Age(StrEnum):
    """How long ago a debt should have been paid. The day by which it is to be paid is not late."""

    NOT_DUE = "Pas encore échu"
    MONTH = "1 à 30 jours"
    TWO_MONTHS = "31 à 60 jours"
    THREE_MONTHS = "61 à 90 jours"
    OLDER = "Plus de 90 jours"


def age_of(due_on: date, *, today: date) -> Age:
    """Say how late a debt due on a day is."""
    days = (today - due_on).days
    for most, age in ((0, Age.NOT_DUE), (30, Age.MONTH), (60, Age.TWO_MONTHS), (90, Age.THREE_MONTHS)):
        if days <= most:
            return age
    return Age.OLDER


@dataclass(frozen=True, slots=True)
class Period:
    """Twelve months of accounts at most, from the first of ``starts_on`` to the end of the month of ``last_month``."""

    key: str
    label: str
    starts_on: date
    last_month: date

    @property
    def months(self) -> list[date]:
        """The first days of its months, in order."""
        count = (self.last_month.year - self.starts_on.year) * MONTHS + self.last_month.month - self.starts_on.month + 1
        return [add_months(self.starts_on, place) for place in range(count)]

    @property
    def after(self) -> date:
        """The first day that is no longer in it."""
        return add_months(self.last_month, 1)


def add_months(month: date, count: int) -> date:
    """Return the first day of the month that comes ``count`` months after."""
    months = month.year * MONTHS + month.month - 1 + count
    return date(months // MONTHS, months % MONTHS + 1, 1)


def periods(*, first: date | None, today: date) -> list[Period]:
    """Return the periods to choose from: the last twelve months, then each school year back to that of month ``first``.

    A school year's accounts go from September to August; the one that runs stops at the present month.
    """
    month = today.replace(day=1)
    found = [Period(LAST_TWELVE, "12 derniers mois", add_months(month, 1 - MONTHS), month)]
    oldest = _rentree(first or month)
    start = _rentree(month)
    while start >= oldest:
        last = min(add_months(start, MONTHS - 1), month)
        found.append(Period(str(start.year), f"Année scolaire {start.year}-{start.year + 1}", start, last))
        start = add_months(start, -MONTHS)
    return found


def _rentree(month: date) -> date:
    return date(month.year if month.month >= SEPTEMBER else month.year - 1, SEPTEMBER, 1)


def percents(amounts: Sequence[Decimal]) -> list[int]:
    """Return whole shares that add up to 100 (largest remainders); a negative amount counts for nothing, none gives zeros."""
    kept = [max(amount, Decimal(0)) for amount in amounts]
    total = sum(kept, Decimal(0))
    if not total:
        return [0] * len(kept)
    exact = [amount * 100 / total for amount in kept]
    found = [int(share) for share in exact]
    by_remainder = sorted(range(len(kept)), key=lambda place: found[place] - exact[place])
    for place in by_remainder[: 100 - sum(found)]:
        found[place] += 1
    return found


@dataclass(frozen=True, slots=True)
class TimeToPay:
    """In how many days, from the issue, a quarter, half and three quarters of the settled invoices were settled."""

    invoices: int
    quarter: int
    half: int
    three_quarters: int


def time_to_pay(days: Mapping[int, int]) -> TimeToPay | None:
    """Read the quartiles off the number of invoices settled in so many days; None without any.

    Each is a number of days that an invoice really took (nearest rank), so that « la moitié en 12 jours » is true as it is said.
    """
    count = sum(days.values())
    if not count:
        return None

    def within(quarters: int) -> int:
        rank, seen = -(-count * quarters // 4), 0
        for day in sorted(days):
            seen += days[day]
            if seen >= rank:
                return day
        raise AssertionError("the rank is at most the count")

    return TimeToPay(count, within(1), within(2), within(3))


@dataclass(frozen=True, slots=True)
class Scale:
    """In what a plot counts: « en euros », or « en milliers d’euros » when a month comes to 10,000 € or more."""

    words: str
    euros: int

    def of(self, amount: Decimal) -> int:
        """Return an amount on the scale, rounded; what is negative is drawn as nothing."""
        return max(round(amount / self.euros), 0)


def scale_of(highest: Decimal) -> Scale:
    """Return the scale that fits the highest bar, in euros."""
    return Scale("en milliers d’euros", 1000) if highest >= THOUSANDS_FROM else Scale("en euros", 1)


def month_label(month: date) -> str:
    """« Octobre 2026 »."""
    return month_name(month).capitalize()

"""What a year of booked days would cost: every day of the school calendar, priced one by one as the invoice prices it. Pure;
amounts in euros.

Source of the count: the school calendar (zone C and public holidays), not an average number of weeks.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import groupby

from castres_portal.base.french import plain_day
from reservations.pricing import NoTariff, PricedDay, QuotientOutsideBands
from reservations.rules.calendar import SchoolCalendar, YearSpan, days_between
from reservations.rules.holidays import HolidaySpan, why_no_holiday
from reservations.rules.tariffs import RanksBy

ZERO = Decimal("0.00")
CENT = Decimal("0.01")
MONTHS_OF_YEAR = 12


class Weeks(StrEnum):
    """In which weeks a child is in this household (ISO numbers, as judgments say it)."""

    ALL = "toutes"
    ODD = "impaires"
    EVEN = "paires"


@dataclass(frozen=True)
class Wish:
    """Some weekdays (Monday = 0) of one child in one activity, under a formula where there are several.

    Children are numbered from the eldest; ``basket``: the family brings the meal (PAI).
    """

    child: int
    activity: int
    weekdays: frozenset[int]
    weeks: Weeks = Weeks.ALL
    formula: str = ""
    basket: bool = False


def rank_of(wish: Wish, wishes: Iterable[Wish], ranks_by: str) -> int:
    """Return the rank of a wish's child, 1 for the eldest, among those who wish some day of the activity, or of any of them."""
    among = {
        other.child
        for other in wishes
        if other.weekdays and (ranks_by == RanksBy.ANY or other.activity == wish.activity)
    }
    return sorted(among | {wish.child}).index(wish.child) + 1


@dataclass(frozen=True)
class Unit:
    """Days that have one price, and the first and last of them."""

    priced: PricedDay
    days: int
    first: date
    last: date


@dataclass(frozen=True)
class MonthSum:
    """What a month costs, and for how many booked days."""

    month: date
    days: int
    amount: Decimal


@dataclass(frozen=True)
class Line:
    """What one wish costs over the year; ``problem`` says why there is no amount, and none is then invented."""

    wish: Wish
    units: Sequence[Unit]
    months: Sequence[MonthSum]
    problem: str = ""

    @property
    def days(self) -> int:
        """Number of booked days in the year."""
        return sum(month.days for month in self.months)

    @property
    def amount(self) -> Decimal:
        """What they cost."""
        return sum((month.amount for month in self.months), ZERO)


@dataclass(frozen=True)
class Simulation:
    """All lines together, month by month; ``average`` is the year's amount over the months that have booked days."""

    lines: Sequence[Line]
    months: Sequence[MonthSum]

    @property
    def total(self) -> Decimal:
        """What the year costs."""
        return sum((month.amount for month in self.months), ZERO)

    @property
    def days(self) -> int:
        """Number of booked days, all children together."""
        return sum(month.days for month in self.months)

    @property
    def average(self) -> Decimal:
        """What a month costs on average, to the cent."""
        return (self.total / len(self.months)).quantize(CENT, ROUND_HALF_UP) if self.months else ZERO

    @property
    def parts(self) -> tuple[Decimal, Decimal]:
        """The care part and the food part of the year's amount."""
        units = [unit for line in self.lines for unit in line.units]
        care = sum((unit.priced.price.care_part * unit.days for unit in units), ZERO)
        food = sum((unit.priced.price.food_part * unit.days for unit in units), ZERO)
        return care, food

    @property
    def is_complete(self) -> bool:
        """Whether every line could be priced."""
        return not any(line.problem for line in self.lines)


def quotient_from_income(income: Decimal, parts: Decimal) -> int:
    """Estimate a quotient from a yearly reference income and tax parts: income ÷ 12 ÷ parts, to the nearest euro.

    Only indicative: the CAF adds the month's benefits. ``parts`` is above zero.
    """
    return int((income / MONTHS_OF_YEAR / parts).quantize(Decimal(1), ROUND_HALF_UP))


def open_days(
    calendar: SchoolCalendar, year: YearSpan, wish: Wish, periods: Sequence[HolidaySpan] | None = None
) -> list[date]:
    """Return the school days of a year that a wish books; of ``periods``, those of an activity of the holidays."""
    if periods is not None:
        days = {day for span in periods for day in days_between(span.starts_on, span.ends_on)}
        running = sorted(day for day in days if why_no_holiday(periods, day) is None)
    else:
        running = [day for day in days_between(year.starts_on, year.ends_on) if calendar.is_school_day(day)]
    return [day for day in running if day.weekday() in wish.weekdays and _in_weeks(day, wish.weeks)]


def _in_weeks(day: date, weeks: Weeks) -> bool:
    if weeks == Weeks.ALL:
        return True
    return (day.isocalendar().week % 2 == 1) == (weeks == Weeks.ODD)


def simulate(
    wishes: Iterable[Wish],
    *,
    calendar: SchoolCalendar,
    year: YearSpan,
    price: Callable[[Wish, date], PricedDay],
    periods: Mapping[int, Sequence[HolidaySpan]] | None = None,
) -> Simulation:
    """Price the days of each wish; ``price`` is the one that prices invoices.

    ``periods`` holds, for each activity (id) of the holidays, the periods of the year, none when none is known yet.
    """
    known = periods or {}
    lines = [
        _line(wish, open_days(calendar, year, wish, known.get(wish.activity)), price, seasonal=wish.activity in known)
        for wish in wishes
        if wish.weekdays
    ]
    months = [month for line in lines for month in line.months]
    return Simulation(lines, [_sum(rows) for _, rows in _by_month(months)])


def _by_month(months: Iterable[MonthSum]) -> Iterable[tuple[date, list[MonthSum]]]:
    ordered = sorted(months, key=lambda row: row.month)
    return [(month, list(rows)) for month, rows in groupby(ordered, key=lambda row: row.month)]


def _sum(rows: Sequence[MonthSum]) -> MonthSum:
    return MonthSum(rows[0].month, sum(row.days for row in rows), sum((row.amount for row in rows), ZERO))


def _line(
    wish: Wish, days: Sequence[date], price: Callable[[Wish, date], PricedDay], *, seasonal: bool = False
) -> Line:
    if seasonal and not days:
        return Line(
            wish, [], [], "Aucune période de vacances n’est encore publiée pour cette année\u00a0: rien à calculer."
        )
    priced: list[tuple[date, PricedDay]] = []
    unpriced: list[date] = []
    for day in days:
        try:
            priced.append((day, price(wish, day)))
        except NoTariff:
            unpriced.append(day)
        except QuotientOutsideBands as gap:
            return Line(wish, [], [], _gap(gap))
    if unpriced:
        return Line(wish, [], [], _no_tariff(unpriced, whole=not priced))
    return Line(wish, _units(priced), [_month(rows) for rows in _months(priced)])


def _gap(gap: QuotientOutsideBands) -> str:
    where = (
        "n’entre dans aucune tranche du tarif voté"
        if gap.holders == 0
        else "entre dans plusieurs tranches du tarif voté"
    )
    if gap.quotient is None:
        return "Le tarif voté n’a aucune tranche : le prix ne peut pas être calculé."
    return f"Le quotient {gap.quotient} {where} : le prix ne peut pas être calculé. Demandez-le à l’Espace Famille."


def _no_tariff(days: Sequence[date], *, whole: bool) -> str:
    if whole:
        return "Aucun tarif n’est encore voté pour cette année scolaire : le prix ne peut pas être calculé."
    return (
        f"Aucun tarif n’est voté pour une partie de l’année ({len(days)} jours entre le {plain_day(days[0])} et le "
        f"{plain_day(days[-1])}) : le prix de l’année ne peut pas être calculé."
    )


def _units(priced: Sequence[tuple[date, PricedDay]]) -> list[Unit]:
    """Group days by price, in the order in which prices begin."""
    found: dict[PricedDay, list[date]] = {}
    for day, row in priced:
        found.setdefault(row, []).append(day)
    return [Unit(row, len(days), days[0], days[-1]) for row, days in found.items()]


def _months(priced: Sequence[tuple[date, PricedDay]]) -> list[list[tuple[date, PricedDay]]]:
    return [list(rows) for _, rows in groupby(priced, key=lambda row: row[0].replace(day=1))]


def _month(rows: Sequence[tuple[date, PricedDay]]) -> MonthSum:
    return MonthSum(rows[0][0].replace(day=1), len(rows), sum((row.price.total for _, row in rows), ZERO))

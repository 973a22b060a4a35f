"""What a day of a holiday period costs a household, before it chooses: the function that prices its invoices."""

from dataclasses import dataclass
from decimal import Decimal

from families.models import Family
from reservations.models import HolidayPeriod
from reservations.pricing import WantedDay
from reservations.queries.calendar.prices import Prices
from reservations.queries.holidays import offered_formulas
from reservations.queries.planning import span_of
from reservations.rules.holidays import weeks_of


@dataclass(frozen=True)
class DayPrice:
    """The price of a day in euros, under a formula where there is one; ``highest`` differs when it changes on the way."""

    label: str
    lowest: Decimal
    highest: Decimal


@dataclass(frozen=True)
class PeriodPrices:
    """The price of each formula, and by which quotient; ``days`` is empty where no tariff says for the whole period."""

    days: list[DayPrice]
    words: str


def period_prices(family: Family, period: HolidayPeriod) -> PeriodPrices:
    """Price the days of a period for a household; five to eight queries, whatever their number. Children may pay differently."""
    activity = period.activity
    children = sorted(set(family.custodies.values_list("child", flat=True)))
    prices = Prices.load(family.pk, children, [activity.pk], period.starts_on, period.ends_on)
    days = [day for week in weeks_of(span_of(period), activity.weekdays) for day in week.days]
    found = []
    for formula, label in offered_formulas(activity) or [("", "Un jour")]:
        amounts = [
            prices.amount(WantedDay(child, activity.pk, day, formula)) for child in children or [0] for day in days
        ]
        known = [amount for amount in amounts if amount is not None]
        if known and len(known) == len(amounts):
            found.append(DayPrice(label, min(known), max(known)))
    return PeriodPrices(found, prices.words if found else "")

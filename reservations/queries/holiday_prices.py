"""What a day of a holiday period costs a household, before it chooses: the function that prices its invoices."""

from dataclasses import dataclass
from decimal import Decimal

from families.models import Family
from families.queries.households import children_of
from reservations.models import HolidayPeriod
from reservations.pricing import WantedDay
from reservations.queries.calendar.prices import Prices
from reservations.queries.holidays import offered_formulas
from reservations.queries.planning import span_of
from reservations.rules.holidays import weeks_of


@dataclass(frozen=True)
class DayPrice:
    """The price of a day in euros, under a formula where there is one; ``highest`` differs when it changes on the way, or is not
    that of each child."""

    label: str
    lowest: Decimal
    highest: Decimal


@dataclass(frozen=True)
class PeriodPrices:
    """The price of each formula, and by which quotient; ``days`` is empty where no tariff says for the whole period."""

    days: list[DayPrice]
    words: str


def period_prices(family: Family, period: HolidayPeriod) -> PeriodPrices:
    """Price the days of a period for a household's children; five queries, whatever their number, and those of what the tariff
    looks at."""
    activity = period.activity
    children = list(children_of(family, on=period.starts_on).values_list("pk", flat=True)) or [0]
    prices = Prices.load(family.pk, children, [activity.pk], period.starts_on, period.ends_on)
    days = [day for week in weeks_of(span_of(period), activity.weekdays) for day in week.days]
    found = []
    for formula, label in offered_formulas(activity) or [("", "Un jour")]:
        wanted = [WantedDay(child, activity.pk, day, formula) for child in children for day in days]
        amounts = [prices.amount(one) for one in wanted]
        known = [amount for amount in amounts if amount is not None]
        if known and len(known) == len(amounts):
            found.append(DayPrice(label, min(known), max(known)))
    return PeriodPrices(found, prices.words if found else "")

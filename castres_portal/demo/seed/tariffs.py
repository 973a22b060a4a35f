"""The prices of the demonstration: those of the written délibération docs/deliberation-demonstration.md, checked by a test.

Fictional: Castres has not published its own. Amounts in euros of the school year 2025-2026, raised by 2 % each year.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from reservations.models import Activity, SchoolYear, Tariff, TariffBand, TariffRule
from reservations.rules.formulas import Formula
from reservations.rules.tariffs import Effect, When

CENT = Decimal("0.01")
BASE_YEAR = 2025
YEARLY_RISE = Decimal("1.02")
VOTED = (6, 24)  # 24 June

LIMITS: tuple[tuple[str, int, int | None], ...] = (
    ("A", 0, 400),
    ("B", 400, 600),
    ("C", 600, 800),
    ("D", 800, 1100),
    ("E", 1100, 1500),
    ("F", 1500, None),
)
MEAL = ("0.80", "1.30", "1.90", "2.50", "3.00", "3.40")
NO_MEAL = ("0",) * len(LIMITS)
WHOLE_DAY = ("3.00", "4.00", "5.20", "6.50", "8.00", "9.50")
HALF_DAY = ("1.50", "2.00", "2.60", "3.25", "4.00", "4.75")
HALF_DAY_AND_NOON = ("1.80", "2.40", "3.12", "3.90", "4.80", "5.70")

Rule = tuple[When, int | None, Effect, str | None]


@dataclass(frozen=True)
class Prices:
    """What a formula costs: its care and food parts band by band, or its rate of effort; and its cost per user."""

    cost: str
    care: Sequence[str] = ()
    food: Sequence[str] = NO_MEAL
    rate: str = ""
    floor: str = ""


@dataclass(frozen=True)
class Vote:
    """What the délibération decides of an activity, formula by formula, and its rules."""

    prices: dict[str, Prices]
    rules: Sequence[Rule] = field(default_factory=tuple)


BASKET: Rule = (When.BASKET, None, Effect.FOOD_IS, "0")
SECOND_CHILD: Rule = (When.SIBLING, 2, Effect.PERCENT, "-10")
VOTES: dict[str, Vote] = {
    "restauration": Vote(
        {"": Prices("9.80", ("0.50", "0.70", "0.90", "1.10", "1.30", "1.50"), MEAL)},
        (
            (When.OUTSIDE, None, Effect.HIGHEST, None),
            (When.SIBLING, 3, Effect.PERCENT, "-10"),
            BASKET,
            (When.LATE, None, Effect.FOOD, "2.00"),
            (When.UNANNOUNCED, None, Effect.FOOD, "4.00"),
        ),
    ),
    "garderie-matin": Vote(
        {"": Prices("3.20", ("0.40", "0.55", "0.70", "0.90", "1.10", "1.30"))},
        ((When.UNANNOUNCED, None, Effect.CARE, "1.00"),),
    ),
    "garderie-soir": Vote(
        {"": Prices("4.10", ("0.60", "0.80", "1.05", "1.30", "1.55", "1.80"))},
        ((When.UNANNOUNCED, None, Effect.CARE, "1.00"),),
    ),
    "etudes": Vote({"": Prices("3.60", ("0.50", "0.65", "0.80", "1.00", "1.20", "1.40"))}),
    "mercredis": Vote(
        {
            Formula.DAY_MEAL: Prices("24.00", WHOLE_DAY, MEAL),
            Formula.MORNING: Prices("11.00", HALF_DAY),
            Formula.MORNING_MEAL: Prices("17.00", HALF_DAY_AND_NOON, MEAL),
            Formula.AFTERNOON: Prices("11.00", HALF_DAY),
        },
        (
            (When.OUTSIDE, None, Effect.CARE, "2.00"),
            SECOND_CHILD,
            BASKET,
            (When.LATE, None, Effect.PERCENT, "10"),
        ),
    ),
    "vacances": Vote(
        {
            Formula.DAY_MEAL: Prices("26.00", ("9.50",), ("3.40",), rate="1.2", floor="5.00"),
            Formula.DAY: Prices("21.00", ("9.50",), ("0",), rate="0.9", floor="3.50"),
        },
        ((When.OUTSIDE, None, Effect.CARE, "3.00"), SECOND_CHILD, BASKET),
    ),
}


def add_tariff(activity: Activity, year: SchoolYear) -> Tariff:
    """Write the tariff of an activity for a school year and the summer after it."""
    autumn = year.starts_on.year
    vote = VOTES[activity.slug]
    tariff = Tariff.objects.create(
        activity=activity,
        starts_on=date(autumn, 9, 1),
        ends_on=date(autumn + 1, 9, 1) - timedelta(days=1),
        number=f"DEMO-{autumn}-06 (démonstration)",
        voted_on=date(autumn, *VOTED),
        is_demo=True,
    )
    TariffBand.objects.bulk_create(
        band for formula, prices in vote.prices.items() for band in _bands(tariff, formula, prices, autumn)
    )
    TariffRule.objects.bulk_create(
        TariffRule(
            tariff=tariff, when=when, rank_from=rank, effect=effect, amount=None if amount is None else Decimal(amount)
        )
        for when, rank, effect, amount in vote.rules
    )
    return tariff


def _bands(tariff: Tariff, formula: str, prices: Prices, autumn: int) -> list[TariffBand]:
    limits = LIMITS if not prices.rate else (("unique", 0, None),)
    return [
        TariffBand(
            tariff=tariff,
            formula=formula,
            label=label,
            quotient_from=low,
            quotient_below=below,
            care_part=raised(care, autumn),
            food_part=raised(food, autumn),
            effort_rate=Decimal(prices.rate) if prices.rate else None,
            floor=raised(prices.floor, autumn) if prices.rate else None,
            cost=raised(prices.cost, autumn),
        )
        for (label, low, below), care, food in zip(limits, prices.care, prices.food, strict=True)
    ]


def raised(amount: str, autumn: int) -> Decimal:
    """Return an amount of the base year as it is in the school year that begins in an autumn, half up to the cent."""
    return (Decimal(amount) * YEARLY_RISE ** (autumn - BASE_YEAR)).quantize(CENT, ROUND_HALF_UP)

"""The price of one booked day: the band of the quotient, then the rules of the tariff, each step said. Pure; amounts in euros."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeVar

from reservations.pricing import words
from reservations.rules.tariffs import ORDINARY, SURCHARGES, Effect, Situation, TariffRule, When, applying

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")
HUNDRED = Decimal(100)


class Band(Protocol):
    """What pricing reads of a quotient band; ``quotient_below`` is excluded, None means no upper end.

    With an ``effort_rate`` (percents of the quotient) the price is that share of the quotient, from ``floor`` to the sum of the
    two parts, which is then the ceiling. No price is above ``cost``, the cost per user, where it is known.
    """

    @property
    def label(self) -> str: ...
    @property
    def quotient_from(self) -> int: ...
    @property
    def quotient_below(self) -> int | None: ...
    @property
    def care_part(self) -> Decimal: ...
    @property
    def food_part(self) -> Decimal: ...
    @property
    def effort_rate(self) -> Decimal | None: ...
    @property
    def floor(self) -> Decimal | None: ...
    @property
    def cost(self) -> Decimal | None: ...


class Dated(Protocol):
    """What pricing reads of a tariff's period, both ends included; no end means still in force."""

    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date | None: ...


AnyTariff = TypeVar("AnyTariff", bound=Dated)


class Rule(StrEnum):
    """Why a band was applied; the invoice states it."""

    QUOTIENT = "quotient"
    HIGHEST = "maximum"
    SITUATION = "situation"
    EXCUSED = "absence"


class QuotientOutsideBands(Exception):
    """A quotient that no band holds, or that two do: it has no price, and none is invented."""

    def __init__(self, quotient: int | None, holders: int) -> None:
        self.quotient = quotient
        self.holders = holders
        super().__init__(f"quotient {quotient} held by {holders} bands")


class Parts(NamedTuple):
    """The two parts of a price in euros, to the cent."""

    care: Decimal
    food: Decimal

    @property
    def total(self) -> Decimal:
        """What is paid."""
        return self.care + self.food


@dataclass(frozen=True, slots=True)
class Price:
    """A price in euros, each part rounded half up to the cent, with the band's label and ends and the rule that chose it.

    ``steps`` say in French how it was reached, in order; ``supplement`` is what was added because the day was booked late or
    not at all.
    """

    care_part: Decimal
    food_part: Decimal
    total: Decimal
    band: str
    rule: Rule
    quotient_from: int = 0
    quotient_below: int | None = None
    steps: tuple[str, ...] = ()
    supplement: Decimal = NOTHING


def price_of(
    *,
    bands: Sequence[Band],
    quotient: int | None,
    excused: bool = False,
    rules: Iterable[TariffRule] = (),
    situation: Situation = ORDINARY,
) -> Price:
    """Price one booked day; nothing is owed for one whose absence is ``excused`` (granted, and not charged by its rule).

    Without a known quotient the highest band applies, and the price says so (R531-52: the town may modulate its prices; a
    household that has not proved its resources pays the full one). No price is above the cost per user (R531-53; law 98-657,
    article 147). Raises QuotientOutsideBands rather than guess.
    """
    applied = applying(rules, situation)
    forced = next((rule for rule in applied if rule.effect == Effect.HIGHEST), None)
    band = _band(bands, None if forced else quotient)
    parts, steps = _base(band, quotient, forced, situation)
    if excused:
        return _price(band, Rule.EXCUSED, Parts(NOTHING, NOTHING), (*steps, words.EXCUSED))
    supplement = NOTHING
    for rule in applied:
        before, parts = parts, _apply(rule, parts)
        if said := words.step(rule, situation, before, parts):
            steps.append(said)
        if rule.when in SURCHARGES:
            supplement += parts.total - before.total
    if band.cost is not None and parts.total > band.cost:
        before, parts = parts, _shared(_to_cents(band.cost), parts)
        supplement = max(NOTHING, supplement + parts.total - before.total) if supplement > 0 else supplement
        steps.append(words.capped(parts.total))
    chosen = Rule.SITUATION if forced else Rule.HIGHEST if quotient is None else Rule.QUOTIENT
    return _price(band, chosen, parts, tuple(steps), supplement)


def _band(bands: Sequence[Band], quotient: int | None) -> Band:
    if quotient is None:
        if not bands:
            raise QuotientOutsideBands(None, 0)
        return max(bands, key=lambda band: band.quotient_from)
    holders = [band for band in bands if _holds(band, quotient)]
    if len(holders) != 1:
        raise QuotientOutsideBands(quotient, len(holders))
    return holders[0]


def _base(band: Band, quotient: int | None, forced: TariffRule | None, situation: Situation) -> tuple[Parts, list[str]]:
    """Return what the band asks: its two parts, or the rate of effort between floor and ceiling."""
    ceiling = Parts(_to_cents(band.care_part), _to_cents(band.food_part))
    if forced:
        return ceiling, [words.forced_band(forced, situation, band.label, ceiling.total)]
    if quotient is None:
        return ceiling, [words.unknown_quotient(band.label, ceiling.total)]
    if band.effort_rate is None:
        return ceiling, [words.band(quotient, band.label, ceiling.total)]
    effort = _to_cents(band.effort_rate * quotient / HUNDRED)
    total = min(max(effort, _to_cents(band.floor or NOTHING)), ceiling.total)
    return _shared(total, ceiling), [words.band(quotient, band.label), words.effort(band, quotient, effort, total)]


def _apply(rule: TariffRule, parts: Parts) -> Parts:
    amount = rule.amount or NOTHING
    match rule.effect:
        case Effect.CARE:
            return Parts(max(NOTHING, _to_cents(parts.care + amount)), parts.food)
        case Effect.FOOD:
            return Parts(parts.care, max(NOTHING, _to_cents(parts.food + amount)))
        case Effect.PERCENT:
            factor = (HUNDRED + amount) / HUNDRED
            return Parts(_to_cents(parts.care * factor), _to_cents(parts.food * factor))
        case Effect.FOOD_IS:
            return Parts(parts.care, min(parts.food, _to_cents(amount)))
        case Effect.TOTAL_IS:
            return _shared(_to_cents(amount), parts)
    return parts


def _shared(total: Decimal, like: Parts) -> Parts:
    """Share a price between care and food as another is; what has no price yet is care."""
    food = _to_cents(total * like.food / like.total) if like.total else NOTHING
    return Parts(total - food, food)


def tariff_on(tariffs: Iterable[AnyTariff], day: date) -> AnyTariff | None:
    """Return the tariff in force on a day; of two, the one that began last."""
    in_force = [t for t in tariffs if t.starts_on <= day and (t.ends_on is None or day <= t.ends_on)]
    return max(in_force, key=lambda tariff: tariff.starts_on, default=None)


def _holds(band: Band, quotient: int) -> bool:
    return band.quotient_from <= quotient and (band.quotient_below is None or quotient < band.quotient_below)


def _price(band: Band, rule: Rule, parts: Parts, steps: tuple[str, ...], supplement: Decimal = NOTHING) -> Price:
    return Price(
        parts.care,
        parts.food,
        parts.total,
        band.label,
        rule,
        band.quotient_from,
        band.quotient_below,
        steps,
        supplement,
    )


def _to_cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def dearest(bands: Sequence[Band], rules: Sequence[TariffRule]) -> Price | None:
    """Return the highest price that a tariff can ask, cost per user left aside; None without a band.

    Every case is tried on the ceiling of every band: who lives elsewhere, each rank of a sibling, a late or an unannounced day.
    """
    ranks = sorted({1} | {rule.rank_from or 1 for rule in rules if rule.when == When.SIBLING})
    cases = [
        Situation(resident, rank, basket, late, unannounced)
        for resident in (True, False)
        for rank in ranks
        for basket in (False, True)
        for late, unannounced in ((False, False), (True, False), (False, True))
    ]
    ceilings = [_Ceiling(band.label, band.quotient_from, band.care_part, band.food_part) for band in bands]
    found = [
        price_of(bands=[ceiling], quotient=None, rules=rules, situation=case) for ceiling in ceilings for case in cases
    ]
    return max(found, key=lambda price: price.total, default=None)


class _Ceiling(NamedTuple):
    """A band at its ceiling, whatever the cost per user."""

    label: str
    quotient_from: int
    care_part: Decimal
    food_part: Decimal
    quotient_below: int | None = None
    effort_rate: Decimal | None = None
    floor: Decimal | None = None
    cost: Decimal | None = None

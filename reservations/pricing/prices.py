"""The price of one booked day, from the bands of a tariff and a quotient. Pure; amounts in euros."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Protocol, TypeVar

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")


class Band(Protocol):
    """What pricing reads of a quotient band; ``quotient_below`` is excluded, None means no upper end."""

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
    EXCUSED = "absence"


class QuotientOutsideBands(Exception):
    """A quotient that no band holds, or that two do: it has no price, and none is invented."""

    def __init__(self, quotient: int | None, holders: int) -> None:
        self.quotient = quotient
        self.holders = holders
        super().__init__(f"quotient {quotient} held by {holders} bands")


@dataclass(frozen=True, slots=True)
class Price:
    """A price in euros, each part rounded half up to the cent, with the band's label and ends and the rule that chose it."""

    care_part: Decimal
    food_part: Decimal
    total: Decimal
    band: str
    rule: Rule
    quotient_from: int = 0
    quotient_below: int | None = None


def price_of(*, bands: Sequence[Band], quotient: int | None, excused: bool = False) -> Price:
    """Price one booked day; nothing is owed for one whose absence is ``excused`` (granted, and not charged by its rule).

    Without a known quotient the highest band applies, and the price says so (R531-52: the town may modulate its prices; a
    household that has not proved its resources pays the full one). Raises QuotientOutsideBands rather than guess.
    """
    band = _band(bands, quotient)
    if excused:
        return _price(band, Rule.EXCUSED, NOTHING, NOTHING)
    rule = Rule.HIGHEST if quotient is None else Rule.QUOTIENT
    return _price(band, rule, _to_cents(band.care_part), _to_cents(band.food_part))


def _band(bands: Sequence[Band], quotient: int | None) -> Band:
    if quotient is None:
        if not bands:
            raise QuotientOutsideBands(None, 0)
        return max(bands, key=lambda band: band.quotient_from)
    holders = [band for band in bands if _holds(band, quotient)]
    if len(holders) != 1:
        raise QuotientOutsideBands(quotient, len(holders))
    return holders[0]


def tariff_on(tariffs: Iterable[AnyTariff], day: date) -> AnyTariff | None:
    """Return the tariff in force on a day; of two, the one that began last."""
    in_force = [t for t in tariffs if t.starts_on <= day and (t.ends_on is None or day <= t.ends_on)]
    return max(in_force, key=lambda tariff: tariff.starts_on, default=None)


def _holds(band: Band, quotient: int) -> bool:
    return band.quotient_from <= quotient and (band.quotient_below is None or quotient < band.quotient_below)


def _price(band: Band, rule: Rule, care: Decimal, food: Decimal) -> Price:
    return Price(care, food, care + food, band.label, rule, band.quotient_from, band.quotient_below)


def _to_cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)

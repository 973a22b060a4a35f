"""The lines of an invoice as people read them: by child, service and price, the days in the line. Pure; amounts in euros."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Protocol

from castres_portal.base.french import MONTHS, euros, in_words
from reservations.pricing import Rule

ZERO = Decimal("0.00")
COVERED = "part"  # InvoiceLine.Rule.COVERED, which this file does not know


class Line(Protocol):
    """What grouping reads of an invoice line."""

    pk: int
    child_id: int
    child_name: str
    activity_name: str
    day: date
    quotient: int | None
    band: str
    rule: str
    deliberation: str
    care_part: Decimal
    food_part: Decimal
    amount: Decimal
    explanation: str | None


@dataclass(frozen=True, slots=True)
class PriceGroup:
    """The days of one child, one service and one price."""

    activity_name: str
    days: Sequence[date]
    line_ids: Sequence[int]
    quotient: int | None
    band: str
    rule: str
    unit_price: Decimal
    unit_care: Decimal
    unit_food: Decimal
    steps: Sequence[str] = ()

    @property
    def count(self) -> int:
        """Number of booked days."""
        return len(self.days)

    @property
    def total(self) -> Decimal:
        """What these days cost."""
        return self.unit_price * len(self.days)

    @property
    def care(self) -> Decimal:
        """Their part of care, which opens a tax credit."""
        return self.unit_care * len(self.days)

    @property
    def food(self) -> Decimal:
        """Their part of food."""
        return self.unit_food * len(self.days)

    @property
    def dated_lines(self) -> Sequence[tuple[int, date]]:
        """Each day with the id of its line."""
        return list(zip(self.line_ids, self.days, strict=True))

    @property
    def days_text(self) -> str:
        """« 1er, 2, 5 et 6 octobre »."""
        return days_text(self.days)

    @property
    def parts(self) -> str:
        """« garde 0,90 €, repas 2,10 € »: what the price of a day is made of."""
        named = (("garde", self.unit_care), ("repas", self.unit_food))
        return ", ".join(f"{name}\u00a0{euros(amount)}" for name, amount in named if amount)

    @property
    def basis(self) -> str:
        """« quotient 850, tranche C ; panier repas… », « tranche G, faute de quotient », or why nothing is charged."""
        if self.rule == Rule.EXCUSED:
            return "absence acceptée, non facturée"
        if self.rule == COVERED:
            return "\u00a0; ".join(self.steps)
        return "\u00a0; ".join([self._band, *(f"{step[:1].lower()}{step[1:]}" for step in self.steps[1:])])

    @property
    def _band(self) -> str:
        if self.rule == Rule.SITUATION and self.steps:
            said = self.steps[0].partition("\u00a0:")[0]
            return f"{said[:1].lower()}{said[1:]}"
        if self.rule == Rule.HIGHEST or self.quotient is None:
            return f"tranche {self.band}, faute de quotient"
        return f"quotient {self.quotient}, tranche {self.band}"


@dataclass(frozen=True, slots=True)
class ChildGroup:
    """What one child's days cost."""

    child_name: str
    prices: Sequence[PriceGroup]

    @property
    def total(self) -> Decimal:
        """What they cost in all."""
        return sum((price.total for price in self.prices), ZERO)


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice's lines, grouped; with the sums of care and food and the délibérations that voted the prices."""

    children: Sequence[ChildGroup]
    care: Decimal
    food: Decimal
    deliberations: Sequence[str]


def group_lines(lines: Iterable[Line]) -> Bill:
    """Group the lines of one invoice."""
    rows = sorted(lines, key=_key)
    children = []
    for (_, child_name), of_child in groupby(rows, key=lambda line: (line.child_id, line.child_name)):
        prices = [_price_group(list(same)) for _, same in groupby(of_child, key=_price_key)]
        children.append(ChildGroup(child_name, sorted(prices, key=lambda price: (price.activity_name, price.days[0]))))
    children.sort(key=lambda child: child.child_name)
    return Bill(
        children=children,
        care=sum((line.care_part for line in rows), ZERO),
        food=sum((line.food_part for line in rows), ZERO),
        deliberations=sorted({line.deliberation for line in rows}),
    )


def days_text(days: Sequence[date]) -> str:
    """Write days as an invoice lists them: ``1er, 2, 5 et 6 octobre``; the month is said once."""
    months = []
    for (_, month), of_month in groupby(sorted(days), key=lambda day: (day.year, day.month)):
        numbers = ["1er" if day.day == 1 else str(day.day) for day in of_month]
        listed = in_words(numbers)
        months.append(f"{listed}\u00a0{MONTHS[month - 1]}")
    return ", ".join(months)


def _price_key(line: Line) -> tuple[str, str, bool, int, str, Decimal, Decimal, str]:
    # The unknown quotient comes last; None does not compare with a number.
    return (
        line.activity_name,
        line.rule,
        line.quotient is None,
        line.quotient or 0,
        line.band,
        line.care_part,
        line.food_part,
        line.explanation or "",
    )


def _key(line: Line) -> tuple[object, ...]:
    return (line.child_id, line.child_name, *_price_key(line), line.day)


def _price_group(lines: Sequence[Line]) -> PriceGroup:
    first = lines[0]
    return PriceGroup(
        activity_name=first.activity_name,
        days=[line.day for line in lines],
        line_ids=[line.pk for line in lines],
        quotient=first.quotient,
        band=first.band,
        rule=first.rule,
        unit_price=first.amount,
        unit_care=first.care_part,
        unit_food=first.food_part,
        steps=(first.explanation or "").splitlines(),
    )

"""A household's account between two days: what was asked, what came, what remains. Pure; amounts in euros."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

NOTHING = Decimal("0.00")


class Movement(NamedTuple):
    """What changed the account on a day: ``asked`` by the town, or ``given`` by the household (negative when given back)."""

    day: date
    label: str
    number: str
    asked: Decimal = NOTHING
    given: Decimal = NOTHING
    invoice: str = ""  # its number, when the movement has a page of its own


class Row(NamedTuple):
    """A movement and what the household owes after it; less than nothing is its credit."""

    movement: Movement
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """An account over a period, both ends included: what was owed before, each movement, what is owed after."""

    first: date
    last: date
    opening: Decimal
    rows: Sequence[Row]
    asked: Decimal
    given: Decimal

    @property
    def closing(self) -> Decimal:
        """What is owed at the end; less than nothing is the household's credit."""
        return self.opening + self.asked - self.given

    @property
    def credit(self) -> Decimal:
        """The household's credit at the end, or nothing."""
        return max(-self.closing, NOTHING)

    @property
    def has_credit(self) -> bool:
        """True when the household had a credit at some moment."""
        return any(row.balance < 0 for row in self.rows)


def statement_between(movements: Iterable[Movement], first: date, last: date) -> Statement:
    """Sum up an account; the movements of one day stay in the order given."""
    opening = asked = given = NOTHING
    rows: list[Row] = []
    for movement in sorted(movements, key=lambda one: one.day):
        if movement.day < first:
            opening += movement.asked - movement.given
        elif movement.day <= last:
            asked += movement.asked
            given += movement.given
            rows.append(Row(movement, opening + asked - given))
    return Statement(first, last, opening, rows, asked, given)

"""How much of a line may still be given back, and what a new price changes. Pure; amounts in euros."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple, Protocol

ZERO = Decimal("0.00")
CENT = Decimal("0.01")


class Parts(NamedTuple):
    """Care and food of an amount."""

    care: Decimal
    food: Decimal

    @property
    def total(self) -> Decimal:
        """Their sum."""
        return self.care + self.food

    def __bool__(self) -> bool:
        return self.care != ZERO or self.food != ZERO

    def less(self, other: "Parts") -> "Parts":
        """Take another away, part by part."""
        return Parts(self.care - other.care, self.food - other.food)

    def plus(self, other: "Parts") -> "Parts":
        """Add another, part by part."""
        return Parts(self.care + other.care, self.food + other.food)


NOTHING = Parts(ZERO, ZERO)


class HasParts(Protocol):
    """What is read of a line."""

    care_part: Decimal
    food_part: Decimal


def parts_of(row: HasParts) -> Parts:
    """Return the parts of a line."""
    return Parts(row.care_part, row.food_part)


def sum_of(rows: Iterable[Parts]) -> Parts:
    """Add parts up."""
    total = NOTHING
    for row in rows:
        total = total.plus(row)
    return total


def at_most(asked: Parts, left: Parts) -> Parts:
    """Return what can be given back of what is asked: no part below nothing, none above what is left of it."""
    return Parts(max(ZERO, min(asked.care, left.care)), max(ZERO, min(asked.food, left.food)))


def split(amount: Decimal, of: Parts) -> Parts:
    """Share an amount between care and food as a price is: care rounded half up to the cent, food takes the rest."""
    if not of.total:
        return NOTHING
    care = (amount * of.care / of.total).quantize(CENT, ROUND_HALF_UP)
    return Parts(care, amount - care)


def difference(now: Parts, charged: Parts) -> tuple[Parts, Parts]:
    """Return what a new price gives back and what it asks more, as parts of nothing or more.

    Care that goes up while food goes down is one difference of the whole, shared as the new price is.
    """
    change = now.less(charged)
    if change.total < 0:
        back = at_most(Parts(-change.care, -change.food), charged)
        return (back if back.total == -change.total else split(-change.total, charged)), NOTHING
    if change.total > 0:
        more = change if change.care >= 0 and change.food >= 0 else split(change.total, now)
        return NOTHING, more
    return NOTHING, NOTHING

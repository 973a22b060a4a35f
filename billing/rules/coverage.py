"""Who pays which part of a day. Pure; amounts in euros.

A part is its percentage of the day's price, rounded half up to the cent, and never more than the month's ceiling leaves. The
household keeps the rest; when nothing is left to it, the last payer takes the cents: the parts of a line always add up to it.
"""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from billing.rules.corrections import ZERO, Parts, split
from billing.rules.percent import percent_text
from castres_portal.base.french import euros, plain_day

CENT = Decimal("0.01")
WHOLE = Decimal(100)


class Taken(NamedTuple):
    """A coverage (id) as sharing reads it: who pays (a file's id), what of which days; ``activity`` None is any of them."""

    coverage: int
    payer: int
    family: int
    child: int
    activity: int | None
    percent: Decimal
    ceiling: Decimal | None
    starts_on: date
    ends_on: date | None

    def counts_on(self, *, child: int, activity: int, day: date) -> bool:
        """Say whether it pays for a child's day in an activity."""
        return (
            self.child == child
            and self.activity in (None, activity)
            and self.starts_on <= day
            and (self.ends_on is None or day <= self.ends_on)
        )

    def meets(self, other: "Taken") -> bool:
        """Say whether both pay for some same day of the same child in the same household."""
        return (
            self.family == other.family
            and self.child == other.child
            and (self.activity is None or other.activity is None or self.activity == other.activity)
            and (self.ends_on is None or other.starts_on <= self.ends_on)
            and (other.ends_on is None or self.starts_on <= other.ends_on)
        )


class Wanted(NamedTuple):
    """What a payer (of a coverage) is to take of a line: a percentage, and what his ceiling leaves (None: no ceiling)."""

    percent: Decimal
    left: Decimal | None = None


def share(price: Parts, wanted: Sequence[Wanted]) -> list[Parts]:
    """Return what each payer takes of a price, in their order; the household keeps what is left of it."""
    return _share(price, wanted, exactly_all=sum((each.percent for each in wanted), ZERO) >= WHOLE)


def _share(price: Parts, wanted: Sequence[Wanted], *, exactly_all: bool) -> list[Parts]:
    left, taken = price, []
    for rank, each in enumerate(wanted, start=1):
        part = (price.total * each.percent / WHOLE).quantize(CENT, ROUND_HALF_UP)
        if exactly_all and rank == len(wanted):
            part = max(part, price.total - _rounded(price.total, wanted[:-1]))
        part = min(part, left.total, *([] if each.left is None else [max(each.left, ZERO)]))
        parts = split(part, left)
        taken.append(parts)
        left = left.less(parts)
    return taken


def _rounded(total: Decimal, wanted: Sequence[Wanted]) -> Decimal:
    return sum(((total * each.percent / WHOLE).quantize(CENT, ROUND_HALF_UP) for each in wanted), ZERO)


def share_alike(price: Parts, charged: Parts, parts: Sequence[Decimal], left: Sequence[Decimal | None]) -> list[Parts]:
    """Share what a correction adds to a line as the line was: ``parts`` are what each payer took of ``charged``.

    What a payer's ceiling no longer leaves stays with the household.
    """
    wanted = [
        Wanted(part * WHOLE / charged.total, ceiling)
        for part, ceiling in zip(parts, left, strict=True)
        if charged.total
    ]
    # Not by the percentages: three exact thirds come to less than a hundred.
    return _share(price, wanted, exactly_all=bool(wanted) and sum(parts, ZERO) >= charged.total)


def share_back(asked: Parts, charged: Parts, owners: Sequence[tuple[Parts, Parts]]) -> list[Parts]:
    """Share what is given back of a line among who pays it, in proportion: each as (what he took of it, what is left of that).

    The last takes the cents. Nobody is given back more than is left of his part: what exceeds it goes to the others.
    """
    care = _share_back(asked.care, charged.care, [(took.care, left.care) for took, left in owners])
    food = _share_back(asked.food, charged.food, [(took.food, left.food) for took, left in owners])
    return [Parts(*each) for each in zip(care, food, strict=True)]


def _share_back(asked: Decimal, charged: Decimal, owners: Sequence[tuple[Decimal, Decimal]]) -> list[Decimal]:
    given: list[Decimal] = []
    rest = asked
    for took, left in owners:
        wanted = (asked * took / charged).quantize(CENT, ROUND_HALF_UP) if charged else ZERO
        given.append(max(ZERO, min(wanted, rest, left)))
        rest -= given[-1]
    for rank in reversed(range(len(owners))):
        more = max(ZERO, min(rest, owners[rank][1] - given[rank]))
        given[rank] += more
        rest -= more
    return given


def too_much_on(new: Taken, others: Sequence[Taken]) -> Decimal:
    """Return the largest percentage that a coverage and those it meets come to on one day; those of one payer count too."""
    met = [other for other in others if new.meets(other)]
    edges = {new.starts_on, *(other.starts_on for other in met if other.starts_on > new.starts_on)}
    activities = {new.activity} if new.activity else {other.activity for other in met} | {None}
    most = new.percent
    for day in edges:
        for activity in activities:
            here = [
                other.percent
                for other in met
                if other.starts_on <= day
                and (other.ends_on is None or day <= other.ends_on)
                and (other.activity is None or other.activity == activity)
            ]
            most = max(most, new.percent + sum(here, ZERO))
    return most


def part_step(percent: Decimal, price: Decimal, amount: Decimal, decision: str, decided_on: date) -> str:
    """Say how a part was reckoned: the first step of the line of the other payer's invoice."""
    exact = (price * percent / WHOLE).quantize(CENT, ROUND_HALF_UP)
    cut = "" if abs(exact - amount) <= CENT else ", dans la limite du plafond ou de la part d’origine"
    decided = f"décision n°\u00a0{decision} du {plain_day(decided_on)}"
    return f"{percent_text(percent)} du prix du jour ({euros(price)}){cut}, {decided}"

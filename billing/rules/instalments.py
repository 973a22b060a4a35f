"""Paying in instalments: what is offered, the schedule, and which transaction is which instalment. Pure; euros, days of Paris.

Source: PayZen form documentation, `vads_payment_config`: `MULTI:first=…;count=…;period=…` in cents and days; the first is an
immediate payment, each of the others a transaction of its own on its day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from castres_portal.base.clock import in_paris

CENT = Decimal("0.01")
# A bank debits on the day, or a little after; then somebody is told; then nothing more is expected.
TOLD_LATE_AFTER = timedelta(days=3)
EXPECTED_FOR = timedelta(days=15)


@dataclass(frozen=True, slots=True)
class InstalmentPolicy:
    """What the town offers: how many instalments (0: none), from how many euros on, how many days between two."""

    count: int
    least: Decimal
    days: int

    def offers(self, amount: Decimal) -> bool:
        """Say whether an amount (euros) may be paid in instalments."""
        return self.count >= 2 and amount >= self.least and amount >= self.count * CENT


@dataclass(frozen=True, slots=True)
class Planned:
    """One instalment to be: its rank from 1, euros, the day on which the card is debited."""

    rank: int
    amount: Decimal
    due_on: date


def schedule_of(amount: Decimal, *, count: int, days: int, today: date) -> list[Planned]:
    """Share an amount out in ``count`` instalments, the first today; all are alike but the first, which takes the cents left."""
    each = (amount / count).quantize(CENT, rounding="ROUND_DOWN")
    first = amount - each * (count - 1)
    return [
        Planned(rank, first if rank == 1 else each, today + timedelta(days=days * (rank - 1)))
        for rank in range(1, count + 1)
    ]


def moved_cents(amount: int, effective: int | None, *, asked: int) -> int:
    """Return the cents of one instalment: a message that repeats the whole sum asked gives the part beside it."""
    return effective if amount == asked and effective is not None else amount


@dataclass(frozen=True, slots=True)
class Debited:
    """A debit that the bank told of: its key, euros, rank if it says one, when; the payment (id) while the money is there.

    ``is_planned``: the bank made it by itself, on a day of the schedule; else it is perhaps a card that the family tried.
    """

    uuid: str
    amount: Decimal
    rank: int | None
    at: datetime
    payment: int | None = None
    is_dead: bool = False
    is_planned: bool = False


@dataclass(frozen=True, slots=True)
class Matched:
    """What became of the instalments (by rank): paid by which debit, or ended by which."""

    paid: dict[int, Debited]
    ended: dict[int, Debited]


def match(schedule: Sequence[Planned], debits: Sequence[Debited], *, days: int) -> Matched:
    """Say which debit is which instalment, whatever the order in which the bank told of them.

    Money that the bank debited by itself takes the instalment of its rank; other money, that of its amount whose day is the
    nearest. The refusal, or the stopping, of a planned debit touches that of its rank; that of a card that was tried, the one
    that is due these days. An instalment that money took is not refused.
    """
    paid: dict[int, Debited] = {}
    for debit in sorted(
        (each for each in debits if each.payment), key=lambda each: (not each.is_planned, each.at, each.uuid)
    ):
        free = [each for each in schedule if each.rank not in paid and each.amount == debit.amount]
        if free:
            paid[min(free, key=lambda each: (not _is_of(each, debit), _away(each, debit), each.rank)).rank] = debit
    ended: dict[int, Debited] = {}
    for debit in sorted((each for each in debits if each.is_dead), key=lambda each: (each.at, each.uuid)):
        planned = _refused(debit, schedule, days=days)
        if planned and planned.rank not in paid and planned.amount == debit.amount:
            ended.setdefault(planned.rank, debit)
    return Matched(paid, ended)


def _is_of(planned: Planned, debit: Debited) -> bool:
    return debit.is_planned and planned.rank == debit.rank


def _refused(debit: Debited, schedule: Sequence[Planned], *, days: int) -> Planned | None:
    if debit.is_planned and debit.rank:
        return next((each for each in schedule if each.rank == debit.rank), None)
    following = [each for each in schedule if each.rank > 1]
    nearest = min(following if debit.is_planned else schedule, key=lambda each: _away(each, debit), default=None)
    return nearest if nearest and 2 * _away(nearest, debit) <= days else None


def _away(planned: Planned, debit: Debited) -> int:
    return abs((in_paris(debit.at).date() - planned.due_on).days)

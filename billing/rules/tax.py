"""What a household paid for the care of its young children in a calendar year (CGI art. 200 quater B). Pure; amounts in euros.

Only what was paid counts, in the year when it was, and only the part of care: meals open no tax credit. An invoice paid in part
pays each of its lines in the same proportion. Shares are taken from what is paid since the beginning, so that the years of an
invoice paid in several add up, to the cent, to its care.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")
AGE_LIMIT = 6


class Settlement(NamedTuple):
    """Euros put on an invoice on a day; negative when they were taken back."""

    day: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class BilledCare:
    """What an invoice asks in all, how much of it is care for each child (by id), and what was put on it."""

    total: Decimal
    care: Mapping[int, Decimal]
    settlements: list[Settlement] = field(default_factory=list)


def gives_credit(birth_date: date, year: int) -> bool:
    """Say whether a child is under six on 1 January of a year."""
    return birth_date > date(year - AGE_LIMIT, 1, 1)


def care_paid_in(year: int, invoices: Iterable[BilledCare]) -> dict[int, Decimal]:
    """Return by child what was paid for care in a year; less than nothing when more was given back than paid."""
    paid: dict[int, Decimal] = {}
    for invoice in invoices:
        before = _paid_through(invoice, date(year - 1, 12, 31))
        after = _paid_through(invoice, date(year, 12, 31))
        for child, care in invoice.care.items():
            share = _share(care, after, invoice.total) - _share(care, before, invoice.total)
            if share:
                paid[child] = paid.get(child, NOTHING) + share
    return paid


def _paid_through(invoice: BilledCare, last: date) -> Decimal:
    paid = sum((settled.amount for settled in invoice.settlements if settled.day <= last), NOTHING)
    return min(max(paid, NOTHING), invoice.total)


def _share(care: Decimal, paid: Decimal, total: Decimal) -> Decimal:
    return (care * paid / total).quantize(CENT, ROUND_HALF_UP) if total else NOTHING

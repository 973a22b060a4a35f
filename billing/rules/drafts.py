"""From a household's booked days to the lines of its invoice, or to what holds it back. Pure; amounts in euros."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from billing.models import Anomaly
from castres_portal.base.french import plain_day
from reservations.pricing import NoTariff, Price, PricedDay, QuotientOutsideBands, Rule

Kind = Anomaly.Kind
HOLDING = (Kind.NO_TARIFF, Kind.QUOTIENT_GAP, Kind.NO_PAYER)


class Fixed(NamedTuple):
    """What a supplement (line id) adds to the price of a day that was invoiced; euros."""

    supplement_line: int
    care_part: Decimal
    food_part: Decimal
    quotient: int | None
    band: str
    deliberation: str


class BookedDay(NamedTuple):
    """A booking to be invoiced; ``activity_name`` says its formula too, where there is one.

    ``late``: an agent took it after the deadline. Without booking (0) it is a presence that nobody had announced, or a supplement
    whose price is ``fixed``.
    """

    booking_id: int
    child_id: int
    child_name: str
    activity_id: int
    activity_name: str
    day: date
    formula: str = ""
    late: bool = False
    attendance_id: int | None = None
    fixed: Fixed | None = None


class CoveredPart(NamedTuple):
    """What another file (``payer``, an id) takes of a day's price by a coverage (id); euros."""

    coverage: int
    payer: int
    care_part: Decimal
    food_part: Decimal

    @property
    def amount(self) -> Decimal:
        """Care and food."""
        return self.care_part + self.food_part


class DraftLine(NamedTuple):
    """A booked day, its price, and what others pay of it."""

    booked: BookedDay
    priced: PricedDay
    covered: tuple[CoveredPart, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """An invoice that only lacks its number; ``total`` is the price of its lines, whoever pays."""

    lines: Sequence[DraftLine]
    total: Decimal
    note: str

    @property
    def covered(self) -> Decimal:
        """What others pay of it."""
        return sum((part.amount for line in self.lines for part in line.covered), Decimal("0.00"))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a household's invoice is held back."""

    kind: Anomaly.Kind
    message: str


NO_PAYER = Reason(
    Kind.NO_PAYER,
    "Aucun responsable du foyer ne reçoit les factures. Choisissez-en un dans la fiche de la famille, puis relancez la "
    "facturation du mois.",
)


def draft_invoice(
    booked_days: Iterable[BookedDay], price: Callable[[BookedDay], PricedDay]
) -> tuple[Draft | None, list[Reason]]:
    """Price a household's days; one day without a price holds back the whole invoice.

    Returns the draft, None when there is nothing to pay or something is amiss, and what is amiss, a kind at most once.
    """
    lines: list[DraftLine] = []
    unpriced: list[tuple[Anomaly.Kind, str, BookedDay]] = []
    for booked in booked_days:
        try:
            lines.append(DraftLine(booked, price(booked)))
        except NoTariff:
            unpriced.append((Kind.NO_TARIFF, f"{booked.activity_name} : aucun tarif", booked))
        except QuotientOutsideBands as gap:
            unpriced.append((Kind.QUOTIENT_GAP, f"{booked.activity_name} : {_gap(gap)}", booked))
    if unpriced:
        return None, _reasons(unpriced)
    total = sum((line.priced.price.total for line in lines), Decimal("0.00"))
    return (Draft(lines, total, note_of(lines)) if total > 0 else None), []


def fixed_price(fixed: Fixed) -> PricedDay:
    """Return the price of a supplement, which was reckoned when it was proposed."""
    total = fixed.care_part + fixed.food_part
    rule = Rule.HIGHEST if fixed.quotient is None else Rule.QUOTIENT
    price = Price(fixed.care_part, fixed.food_part, total, fixed.band, rule)
    return PricedDay(price, fixed.quotient, fixed.deliberation)


def note_of(lines: Iterable[DraftLine]) -> str:
    """State the rule of the highest band when it was applied, as the invoice must."""
    days = sum(1 for line in lines if line.priced.price.rule == Rule.HIGHEST and not line.booked.fixed)
    if not days:
        return ""
    which = "à une réservation" if days == 1 else f"à {days} réservations"
    return (
        f"Faute de quotient familial connu, la tranche la plus élevée est appliquée {which}. "
        "Remettez votre attestation à l’Espace Famille."
    )


def _gap(gap: QuotientOutsideBands) -> str:
    where = "n’entre dans aucune tranche" if gap.holders == 0 else "entre dans plusieurs tranches"
    return f"le quotient {gap.quotient} {where}"


def _reasons(unpriced: list[tuple[Anomaly.Kind, str, BookedDay]]) -> list[Reason]:
    reasons = []
    for kind, of_kind in groupby(
        sorted(unpriced, key=lambda row: (row[0], row[1], row[2].day)), key=lambda row: row[0]
    ):
        causes = [_cause(text, list(rows)) for text, rows in groupby(of_kind, key=lambda row: row[1])]
        reasons.append(
            Reason(kind, " ; ".join(causes) + ". Corrigez les tarifs, puis relancez la facturation du mois.")
        )
    return reasons


def _cause(text: str, rows: list[tuple[Anomaly.Kind, str, BookedDay]]) -> str:
    days = [row[2].day for row in rows]
    if len(days) == 1:
        return f"{text} ({plain_day(days[0])})"
    return f"{text} ({len(days)} réservations, du {plain_day(days[0])} au {plain_day(days[-1])})"


def initials(name: str) -> str:
    """Return the initials of a child, « L. M. », for who need not know her name."""
    return " ".join(f"{word[0]}." for word in name.replace("-", " ").split())

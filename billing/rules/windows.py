"""When an invoice can be paid by card, and where it stands. Pure: euros, aware instants of Paris.

Source: guide of Espace Citoyens, an invoice of the 8th is paid on line from the 8th at 09:30 to the last day of the month at
23:59, then goes to the Treasury.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum

from billing.rules.periods import last_day_of, next_month
from castres_portal.base.clock import PARIS


@dataclass(frozen=True, slots=True)
class WindowPolicy:
    """What the town has settled: the day and hour of the following month at which payment opens, the hour it closes."""

    opens_day: int
    opens_at: time
    closes_at: time


@dataclass(frozen=True, slots=True)
class Window:
    """From ``opens_at`` to ``closes_at``, both included; ``due_on`` is what the invoice says."""

    opens_at: datetime
    closes_at: datetime
    due_on: date


class InvoiceState(Enum):
    """Where an invoice stands."""

    PAID = "réglée"
    AT_TREASURY = "transmise au Trésor public"
    PARTLY = "réglée en partie, paiement ouvert"
    DUE = "à régler, paiement ouvert"
    NOT_YET_OPEN = "à régler, paiement pas encore ouvert"
    CLOSED = "à régler, paiement fermé"


def settled_label(*, total: Decimal, paid: Decimal, at_treasury: bool = False) -> str:
    """Say in French how far an invoice is paid; amounts in euros."""
    if paid >= total:
        return "Réglée"
    if at_treasury:
        return "Transmise au Trésor"
    return "Réglée en partie" if paid > 0 else "Non réglée"


def window_for(month: date, *, issued_at: datetime, policy: WindowPolicy) -> Window:
    """Say when the invoice of a month can be paid.

    It opens on the day of the month that follows, or at its issue when that day is past; it closes on the last day of that
    month, or of the month of issue when the invoice is issued later.
    """
    issued_at = issued_at.astimezone(PARIS)
    due_in = next_month(month)
    opens_at = max(_instant(due_in.replace(day=policy.opens_day), policy.opens_at), issued_at)
    while True:
        due_on = last_day_of(due_in)
        closes_at = _end_of_minute(_instant(due_on, policy.closes_at))
        if opens_at < closes_at:
            return Window(opens_at=opens_at, closes_at=closes_at, due_on=due_on)
        due_in = next_month(due_in)


def closing_of(day: date, *, policy: WindowPolicy) -> datetime:
    """Return the instant at which payment closes on a day."""
    return _end_of_minute(_instant(day, policy.closes_at))


def invoice_state(
    *, total: Decimal, paid: Decimal, opens_at: datetime, closes_at: datetime, at: datetime, at_treasury: bool = False
) -> InvoiceState:
    """Say where an invoice stands at an instant; ``total`` and ``paid`` in euros."""
    if paid >= total:
        return InvoiceState.PAID
    if at_treasury:
        return InvoiceState.AT_TREASURY
    if at < opens_at:
        return InvoiceState.NOT_YET_OPEN
    if at > closes_at:
        return InvoiceState.CLOSED
    return InvoiceState.PARTLY if paid > 0 else InvoiceState.DUE


def _instant(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, tzinfo=PARIS)


def _end_of_minute(instant: datetime) -> datetime:
    return instant.replace(second=59)

"""When an unpaid invoice is reminded of, and when it goes to the Trésor. Pure: euros, days.

Source: the régisseur asks amicably, at 30 days at the latest, before the comptable collects by a titre exécutoire; below 15 € a
debt is not put in collection (CGCT D1611-1). Nothing of this ever closes the canteen to a child.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from castres_portal.base.french import euros


@dataclass(frozen=True, slots=True)
class UnpaidPolicy:
    """``UNPAID`` of castres_portal/town.py: days after the due day, days before the Trésor, the least euros it collects."""

    reminder_days: tuple[int, ...]
    treasury_days: int
    treasury_least: Decimal


@dataclass(frozen=True, slots=True)
class UnpaidState:
    """What is known of an invoice when it is asked whether it goes to the Trésor."""

    owed: Decimal
    due_on: date
    reminders: int
    held: bool = False
    disputed: bool = False
    anomalies: int = 0
    being_paid: bool = False
    in_instalments: bool = False
    handed_over: bool = False


def due_rank(due_on: date, *, today: date, days: Sequence[int]) -> int:
    """Return the rank of the latest reminder whose day has come (1 for the first), 0 when none has."""
    return sum(today >= due_on + timedelta(days=after) for after in days)


def refusal_to_hand_over(state: UnpaidState, *, today: date, policy: UnpaidPolicy) -> str | None:
    """Say in French why an invoice does not go to the Trésor today, or None when it may."""
    if state.handed_over:
        return "déjà transmise"
    if state.owed <= 0:
        return "réglée"
    if state.owed < policy.treasury_least:
        return f"moins de {euros(policy.treasury_least)}"
    if (today - state.due_on).days < policy.treasury_days:
        return f"échue depuis moins de {policy.treasury_days} jours"
    if state.held:
        return "recouvrement suspendu"
    if state.disputed:
        return "contestée"
    if state.anomalies:
        return "anomalie à régler"
    if state.in_instalments:
        return "payée en plusieurs fois, échéances en cours"
    if state.being_paid:
        return "paiement en cours"
    if not state.reminders:
        return "jamais relancée"
    return None

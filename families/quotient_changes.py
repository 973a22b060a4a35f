"""Who must know that a household's quotient changed over some days: those who have counted with the one before."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from families.models import Family


@dataclass(frozen=True)
class QuotientChange:
    """A household's quotients are not what they were, from a day on."""

    family: Family
    from_day: date
    at: datetime


Listener = Callable[[QuotientChange], None]
_listeners: list[Listener] = []


def register(listener: Listener) -> None:
    """Add who must know; the listener runs inside the transaction of the change."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(change: QuotientChange) -> None:
    """Tell everybody, inside the transaction of the change."""
    for listener in _listeners:
        listener(change)

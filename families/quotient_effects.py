"""What a quotient changes to what a family pays. Prices belong to the reservations, which fill this at start."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Effect:
    """The band of one activity, and the price of one day of it in euros."""

    activity: str
    band: str
    price: Decimal


# Takes quotients (None: not known) and a day; returns the effects of each, in the same order.
Source = Callable[[list[int | None], date], list[list[Effect]]]
_sources: list[Source] = []


def register(source: Source) -> None:
    """Add who knows prices."""
    if source not in _sources:
        _sources.append(source)


def effects_of(quotients: list[int | None], *, on: date) -> list[list[Effect]]:
    """Return, for each quotient, the band of each activity on a day."""
    found: list[list[Effect]] = [[] for _ in quotients]
    for source in _sources:
        for mine, theirs in zip(found, source(quotients, on), strict=True):
            mine.extend(theirs)
    return found

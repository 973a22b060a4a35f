"""Who wants to know that the invoice owes less: absences granted, days that a closure freed.

The billing, which stands above, fills this in its ``AppConfig.ready``.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from reservations.models import AbsenceDay, Booking

# Runs inside the decision's transaction, with the days (and their booking) that the invoice must leave out.
Listener = Callable[[Sequence[AbsenceDay], datetime], None]
_listeners: list[Listener] = []


def register(listener: Listener) -> None:
    """Make a listener known, once."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(days: Sequence[AbsenceDay], *, at: datetime) -> None:
    """Say that days were granted which the invoice must leave out; nothing when there is none."""
    if days:
        for listener in _listeners:
            listener(days, at)


# Runs inside the transaction that frees them, with the bookings, the words of the closure and the instant.
FreedListener = Callable[[Sequence[Booking], str, datetime], None]
_freed_listeners: list[FreedListener] = []


def register_freed(listener: FreedListener) -> None:
    """Make a listener to freed days known, once."""
    if listener not in _freed_listeners:
        _freed_listeners.append(listener)


def tell_freed(bookings: Sequence[Booking], *, why: str, at: datetime) -> None:
    """Say that the service has freed days that an invoice may already charge; nothing when there is none."""
    if bookings:
        for listener in _freed_listeners:
            listener(bookings, why, at)

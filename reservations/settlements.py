"""Who wants to know that absences were granted. The billing, which stands above, fills this in its ``AppConfig.ready``."""

from collections.abc import Callable, Sequence
from datetime import datetime

from reservations.models import AbsenceDay

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

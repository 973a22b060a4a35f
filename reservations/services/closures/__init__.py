"""Closing days (strike, outing, closed canteen), undoing it, and telling the families."""

from reservations.services.closures.closing import close_days
from reservations.services.closures.telling import tell_closures
from reservations.services.closures.undoing import undo_closure

__all__ = ["close_days", "tell_closures", "undo_closure"]

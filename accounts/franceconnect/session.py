"""What a visitor's session holds of FranceConnect: an identity waiting to be linked, and what signs out over there."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from accounts.franceconnect.rules import Identity

WAITING = "franceconnect_identity"
SIGN_OUT = "franceconnect_sign_out"
LIFETIME = timedelta(minutes=30)


def remember(session: SessionBase, identity: Identity, *, at: datetime) -> None:
    """Keep an identity half an hour, the time to say whose account it is."""
    session[WAITING] = {**vars(identity), "until": (at + LIFETIME).timestamp()}


def waiting(session: SessionBase, *, at: datetime) -> Identity | None:
    """Return the identity that waits to be linked, if any and not too old."""
    held: dict[str, Any] = dict(session.get(WAITING) or {})
    if at.timestamp() > held.pop("until", 0):
        session.pop(WAITING, None)
        return None
    return Identity(**held)


def forget(session: SessionBase) -> None:
    """Forget the identity that waited."""
    session.pop(WAITING, None)

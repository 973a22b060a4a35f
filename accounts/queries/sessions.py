"""« Mes connexions »: where a person's space is open."""

from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import User
from accounts.rules.devices import approximate_network, device_words


@dataclass(frozen=True)
class Connection:
    """One open session, in words."""

    number: int
    device: str
    network: str
    since: datetime
    seen_at: datetime
    is_current: bool


def rows_of(user: User) -> "QuerySet[UserSession]":
    """Return what allauth knows of a person's sessions, ended ones included."""
    return UserSession.objects.filter(user=user)


def connections_of(user: User, *, current: str | None) -> list[Connection]:
    """Return a person's open sessions, the present one first, then the latest seen. Two queries, whatever their number."""
    rows = {row.session_key: row for row in rows_of(user)}
    # The library's own deadline, kept in real time like the cookie's.
    alive = Session.objects.filter(session_key__in=rows, expire_date__gt=timezone.now())
    open_keys = {session.session_key for session in alive if _is_hers(session, user)}
    found = [
        Connection(
            number=row.pk,
            device=device_words(row.user_agent),
            network=approximate_network(row.ip),
            since=row.created_at,
            seen_at=row.last_seen_at,
            is_current=key == current,
        )
        for key, row in rows.items()
        if key in open_keys or key == current
    ]
    return sorted(found, key=lambda one: (not one.is_current, -one.seen_at.timestamp()))


def _is_hers(session: Session, user: User) -> bool:
    """Say whether a stored session still opens the space: one older than the present password does not."""
    digest = session.get_decoded().get(HASH_SESSION_KEY, "")
    return constant_time_compare(digest, user.get_session_auth_hash())

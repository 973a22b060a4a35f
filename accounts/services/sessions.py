"""Ending sessions: one of them, all the others, all of them."""

from django.contrib.sessions.models import Session
from django.db import transaction

from accounts.models import User
from accounts.queries.sessions import rows_of


@transaction.atomic
def end_session(*, user: User, number: int) -> None:
    """End one session of a person, at once; raises UserSession.DoesNotExist for one that is not hers."""
    row = rows_of(user).get(pk=number)
    Session.objects.filter(session_key=row.session_key).delete()
    row.delete()


@transaction.atomic
def end_sessions(*, user: User, but: str | None = None) -> int:
    """End every session of a person, or every one ``but`` that key; return how many."""
    rows = rows_of(user).exclude(session_key=but or "")
    keys = list(rows.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    rows.delete()
    return len(keys)

"""Claire Martin reads her household's days in her telephone's calendar, since two weeks."""

import secrets
from datetime import date, time, timedelta

from castres_portal.demo.accounts import MARTIN
from castres_portal.demo.seed.agenda import at_hour
from families.models import Guardian
from reservations.queries.agenda import live_feed
from reservations.services.agenda import make_feed, note_reading


def add_agenda(today: date) -> None:
    """Give her an address two weeks ago, which her telephone read the morning before; nobody knows its secret."""
    guardian = Guardian.objects.select_related("user").filter(user__email=MARTIN.email).first()
    if guardian is None or guardian.user is None:
        return
    made_at = at_hour(today - timedelta(days=14), time(20, 40))
    make_feed(guardian=guardian, user=guardian.user, seed=secrets.token_urlsafe(32), at=made_at)
    if feed := live_feed(guardian):
        note_reading(feed=feed, at=at_hour(today - timedelta(days=1), time(6, 15)))

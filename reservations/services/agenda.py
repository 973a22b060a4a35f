"""Giving a guardian the address of her calendar feed, replacing it, cutting it."""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.models import User
from castres_portal.base import retention
from castres_portal.base.errors import Refusal
from families.models import Guardian
from reservations.models import AgendaFeed
from reservations.queries.agenda import digest_of

SEED_LENGTH = 43  # what secrets.token_urlsafe(32) writes
READING_NOTED = timedelta(minutes=15)
STALE = "Ce formulaire a déjà servi\u00a0: le lien qu’il avait créé n’existe plus. Créez-en un autre."


def token_of(seed: str) -> str:
    """Return the secret that a form's seed becomes: 256 bits, the same each time the form is sent."""
    digest = hmac.new(settings.CODE_KEY.encode(), f"agenda-seed\n{seed}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@transaction.atomic(durable=True)
def make_feed(*, guardian: Guardian, user: User, seed: str, at: datetime) -> str:
    """Give a guardian an address, which replaces the one that she had; return its secret, which nothing keeps.

    Sent twice, one form gives one address. Raises Refusal for a form that is not ours, or whose address has been ended since.
    """
    if len(seed) < SEED_LENGTH:
        raise Refusal(STALE)
    Guardian.objects.select_for_update(of=("self",), no_key=True).get(pk=guardian.pk)
    token = token_of(seed)
    digest = digest_of(token)
    made = AgendaFeed.objects.filter(digest=digest).first()
    if made is None:
        _end(guardian, user, AgendaFeed.End.REPLACED, at)
        AgendaFeed.objects.create(guardian=guardian, digest=digest, made_at=at, made_by=user)
    elif made.ended_at or made.guardian_id != guardian.pk:
        raise Refusal(STALE)
    return token


@transaction.atomic(durable=True)
def cut_feed(*, guardian: Guardian, user: User, at: datetime) -> bool:
    """Cut a guardian's address; return whether she had one. Programs that read it find nothing from then on."""
    return _end(guardian, user, AgendaFeed.End.CUT, at) > 0


def _end(guardian: Guardian, user: User, why: AgendaFeed.End, at: datetime) -> int:
    return AgendaFeed.objects.filter(guardian=guardian, ended_at=None).update(ended_at=at, ended_by=user, ended_why=why)


def note_reading(*, feed: AgendaFeed, at: datetime) -> None:
    """Remember that a feed was read; to the quarter of an hour, since programs come often."""
    stale = Q(read_at=None) | Q(read_at__lt=at - READING_NOTED)
    AgendaFeed.objects.filter(stale, pk=feed.pk).update(read_at=at)


@transaction.atomic(durable=True)
def forget_feeds(at: datetime, dry_run: bool) -> int:
    """Count the addresses that ended long ago; delete them unless it is a dry run."""
    rows = AgendaFeed.objects.filter(ended_at__lt=retention.limit("liens-agenda", at))
    count = rows.count()
    if not dry_run:
        rows.delete()
    return count

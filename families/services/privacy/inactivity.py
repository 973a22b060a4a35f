"""Accounts that nobody uses: told a month before, then closed. The household's file stays, an agent can give a new code."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import User
from accounts.services.closing import close_account
from castres_portal.base.retention import limit
from families.emails import privacy as emails
from families.models import Guardian, InactivityNotice
from families.services.privacy.exports import delete_exports_of

BATCH = 200


def _notice() -> timedelta:
    return timedelta(days=settings.INACTIVITY_NOTICE_DAYS)


def _unused_since(instant: datetime) -> QuerySet[User]:
    """Return the parents' accounts, still open, that nobody entered since an instant."""
    rows = User.objects.filter(is_active=True, is_staff=False).annotate(seen=Coalesce("signed_in_at", "date_joined"))
    return rows.filter(seen__lt=instant).order_by("pk")


def tell_inactive_accounts(*, at: datetime) -> int:
    """Write to the people whose account will be closed in a month unless they sign in; once each; return how many."""
    told = 0
    while batch := _tell_some(at):
        told += batch
    return told


@transaction.atomic(durable=True)
def _tell_some(at: datetime) -> int:
    unused = _unused_since(limit("compte", at) + _notice())
    fresh = unused.exclude(inactivity_notice__told_at__gte=F("seen"))[:BATCH]
    users = list(fresh.select_for_update(skip_locked=True, of=("self",), no_key=True))
    for user in users:
        InactivityNotice.objects.update_or_create(user=user, defaults={"told_at": at})
        emails.send_inactivity_notice(user, closes_on=(at + _notice()).date())
    return len(users)


def close_inactive_accounts(at: datetime, dry_run: bool) -> int:
    """Close the accounts unused for as long as the setting says, whose owner was told long enough ago; return how many."""
    due = _unused_since(limit("compte", at)).filter(
        inactivity_notice__told_at__lte=at - _notice(), inactivity_notice__told_at__gte=F("seen")
    )
    ids = list(due.values_list("pk", flat=True))
    return len(ids) if dry_run else sum(_close(pk, at) for pk in ids)


@transaction.atomic(durable=True)
def _close(pk: int, at: datetime) -> int:
    """Close one account, unless its owner came back meanwhile."""
    user = User.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    if not user.is_active or (user.signed_in_at or user.date_joined) >= limit("compte", at):
        return 0
    delete_exports_of(user, at)
    Guardian.objects.filter(user=user).update(user=None, attached_at=None)
    close_account(user)
    return 1

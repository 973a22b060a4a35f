"""Forgetting what households wished and waited for, once it no longer explains anything."""

from datetime import datetime

from castres_portal.base import retention
from castres_portal.base.journals import delete_in_batches
from reservations.models import WaitingEntry, WishList


def forget_wishes(at: datetime, dry_run: bool) -> int:
    """Delete the wishes of periods, and the places in waiting lists of days, that are past their time; return how many."""
    limit = retention.limit("voeux-et-attentes", at).date()
    wished = delete_in_batches(WishList.objects.filter(period__ends_on__lt=limit), dry_run)
    return wished + delete_in_batches(WaitingEntry.objects.filter(day__lt=limit), dry_run)

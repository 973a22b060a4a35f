"""Forgetting what households wished for, once it no longer explains anything."""

from datetime import datetime

from castres_portal.base import retention
from castres_portal.base.journals import delete_in_batches
from reservations.models import WishList


def forget_wishes(at: datetime, dry_run: bool) -> int:
    """Delete the wish lists of periods that are past their time, their children and weeks with them; return how many."""
    limit = retention.limit("voeux", at).date()
    return delete_in_batches(WishList.objects.filter(period__ends_on__lt=limit), dry_run)

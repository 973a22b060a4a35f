"""Forgetting who waited for a place, once it no longer explains anything."""

from datetime import datetime

from castres_portal.base import retention
from castres_portal.base.journals import delete_in_batches
from reservations.models import WaitingEntry


def forget_waits(at: datetime, dry_run: bool) -> int:
    """Delete the places in waiting lists of days that are past their time; return how many."""
    limit = retention.limit("listes-d-attente", at).date()
    return delete_in_batches(WaitingEntry.objects.filter(day__lt=limit), dry_run)

"""Forgetting old attendance sheets, touches and marks of reading."""

from datetime import datetime

from castres_portal.base import retention
from castres_portal.base.journals import delete_in_batches
from reservations.models import Attendance, SheetReading


def purge_attendance(at: datetime, dry_run: bool) -> int:
    """Delete what was touched of days past their time, with its history; return how many children's days there are.

    The marks that keep a refresh from being told twice go the next day: they hold one day only.
    """
    if not dry_run:
        delete_in_batches(SheetReading.objects.filter(read_on__lt=at.date()), dry_run)
    limit = retention.limit("pointages", at).date()
    return delete_in_batches(Attendance.objects.filter(day__lt=limit), dry_run)

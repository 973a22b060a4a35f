"""Reminding families of their appointments: the mark of what was said is on each row, so a run that was skipped is caught up."""

from datetime import datetime, timedelta

from django.db import transaction

from reservations import emails
from reservations.models import Appointment
from reservations.queries.appointments import policy


def remind(*, at: datetime) -> int:
    """Mail each reminder that is due at an instant, and return how many; safe to run twice and at once."""
    horizon = at + timedelta(days=policy().remind_days + 1)
    waiting = Appointment.objects.filter(
        status=Appointment.Status.PLANNED, reminded_at=None, slot__starts_at__gt=at, slot__starts_at__lt=horizon
    )
    return sum(_remind(pk, at) for pk in waiting.order_by("pk").values_list("pk", flat=True))


@transaction.atomic(durable=True)
def _remind(appointment: int, at: datetime) -> bool:
    rows = Appointment.objects.select_related("slot__place", "child", "family", "request__guardian__user")
    row = rows.select_for_update(of=("self",), no_key=True).get(pk=appointment)
    if row.status != Appointment.Status.PLANNED or row.reminded_at is not None:
        return False
    if not policy().must_remind(row.slot.starts_at, told_at=row.told_at, at=at):
        return False
    row.reminded_at = at
    row.save(update_fields=["reminded_at"])
    emails.queue_reminder(row, at=at)
    return True

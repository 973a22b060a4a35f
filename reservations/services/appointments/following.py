"""What an agent writes of an appointment once its hour has come."""

from datetime import datetime

from django.db import transaction

from reservations.models import Appointment
from reservations.services.appointments.booking import AppointmentRefused

OUTCOMES = (Appointment.Status.CAME, Appointment.Status.MISSED)


@transaction.atomic(durable=True)
def mark_appointment(*, appointment: int, came: bool, at: datetime) -> Appointment:
    """Keep whether the family came to its appointment (id); may be put right later.

    Raises AppointmentRefused before its hour, or when it is cancelled.
    """
    row = Appointment.objects.select_for_update(of=("self",), no_key=True).select_related("slot").get(pk=appointment)
    if row.status == Appointment.Status.CANCELLED:
        raise AppointmentRefused("Ce rendez-vous est annulé.")
    if at < row.slot.starts_at:
        raise AppointmentRefused("Ce rendez-vous n’a pas encore eu lieu.")
    row.status = OUTCOMES[0] if came else OUTCOMES[1]
    row.save(update_fields=["status"])
    return row


@transaction.atomic(durable=True)
def note_appointment(*, appointment: int, note: str) -> None:
    """Keep the service's note on an appointment (id)."""
    row = Appointment.objects.select_for_update(of=("self",), no_key=True).get(pk=appointment)
    row.note = note.strip()
    row.save(update_fields=["note"])

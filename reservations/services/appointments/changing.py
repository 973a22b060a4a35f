"""Moving and cancelling an appointment: by the family until the deadline, by the service at any time before it."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from castres_portal.base.french import clock_time, long_day
from families.models import FamilyRequest
from families.services.requests.deciding import add_step
from reservations import emails
from reservations.models import Appointment, AppointmentMove
from reservations.queries.appointments import AppointmentSheet
from reservations.services.appointments.booking import AppointmentRefused, take_slot


@transaction.atomic(durable=True)
def move_appointment(
    *, appointment: int, slot: int, user: User | None, at: datetime, by_agent: bool = False
) -> Appointment:
    """Move an appointment (id) to another slot (id) and return it; the old slot is free again, and the family is told.

    A second copy of the same form finds the appointment where it asked for it, and changes nothing.

    Raises AppointmentRefused when it can no longer change, SlotTaken when the new slot is no longer free.
    """
    row = _locked(appointment)
    if row.status == Appointment.Status.PLANNED and row.slot_id == slot:
        return row
    _refuse_late(row, at, by_agent)
    given = take_slot(slot, at=at, by_agent=by_agent)
    old = row.slot
    if (given.place_id, given.starts_at) == (old.place_id, old.starts_at):
        return row
    AppointmentMove.objects.create(
        appointment=row, old_starts_at=old.starts_at, new_starts_at=given.starts_at, moved_at=at, moved_by=user
    )
    row.slot = given
    row.sequence += 1
    row.told_at = at
    row.reminded_at = None
    row.save(update_fields=["slot", "sequence", "told_at", "reminded_at"])
    words = f"Rendez-vous déplacé au {long_day(given.starts_at)} à {clock_time(given.starts_at)}"
    add_step(row.request, at=at, by=user, words=words)
    emails.queue_appointment(row, user, at=at, old_start=old.starts_at)
    return row


@transaction.atomic(durable=True)
def cancel_appointment(
    *, appointment: int, user: User | None, at: datetime, words: str = "", by_agent: bool = False
) -> Appointment:
    """Cancel an appointment (id) and return it; its slot is free again, and the family is told, with the agent's words.

    Cancelled twice, it stays as it was. Raises AppointmentRefused when it can no longer be cancelled, or when an agent says
    nothing to the family.
    """
    row = _locked(appointment)
    if row.status == Appointment.Status.CANCELLED:
        return row
    _refuse_late(row, at, by_agent)
    if by_agent and not words.strip():
        raise AppointmentRefused("Dites à la famille pourquoi son rendez-vous est annulé.")
    row.status = Appointment.Status.CANCELLED
    row.sequence += 1
    row.cancelled_at, row.cancelled_by, row.cancelled_by_town = at, user, by_agent
    row.cancel_words = words.strip()
    row.save(update_fields=["status", "sequence", "cancelled_at", "cancelled_by", "cancelled_by_town", "cancel_words"])
    if by_agent:
        # The request itself was granted: it is not refused now.
        add_step(row.request, at=at, by=user, words=f"Rendez-vous annulé par le service : {row.cancel_words}")
    else:
        row.request.status = FamilyRequest.Status.WITHDRAWN
        row.request.save(update_fields=["status"])
        add_step(row.request, at=at, by=user, words="Rendez-vous annulé")
    emails.queue_cancellation(row, user, at=at)
    return row


def _locked(appointment: int) -> Appointment:
    rows = Appointment.objects.select_related("slot__place", "child", "family", "request__guardian__user")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=appointment)


def _refuse_late(row: Appointment, at: datetime, by_agent: bool) -> None:
    if row.status != Appointment.Status.PLANNED:
        raise AppointmentRefused("Ce rendez-vous ne peut plus changer.")
    if at >= row.slot.starts_at:
        raise AppointmentRefused("L’heure de ce rendez-vous est passée : il ne peut plus changer.")
    if not by_agent and not AppointmentSheet(row, at).may_change:
        raise AppointmentRefused("Le délai pour changer ce rendez-vous est dépassé : téléphonez au service.")

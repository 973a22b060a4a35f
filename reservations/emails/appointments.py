"""Mails of the appointments, each with the file for a calendar. They name the child, never what the family wrote."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from castres_portal.base.mail import Enclosure, Letter, queue_mails
from families.models import Guardian
from reservations.emails.addresses import page_of
from reservations.ical import Meeting, Method, calendar_file
from reservations.models import Appointment
from reservations.queries.appointments import AppointmentSheet

FILE_NAME = "rendez-vous.ics"


def queue_appointment(
    appointment: Appointment, user: User | None, *, at: datetime, old_start: datetime | None = None
) -> None:
    """Mail that an appointment is taken, or that it has moved from ``old_start``; inside the transaction that wrote it."""
    _queue("reservations/mail/appointment", appointment, user, Method.REQUEST, at, old_start=old_start)


def queue_cancellation(appointment: Appointment, user: User | None, *, at: datetime) -> None:
    """Mail that an appointment is cancelled; its calendar file takes it away."""
    book_url = settings.SITE_URL + reverse("reservations:early_childhood")
    _queue("reservations/mail/appointment_cancelled", appointment, user, Method.CANCEL, at, book_url=book_url)


def queue_reminder(appointment: Appointment, *, at: datetime) -> None:
    """Mail a reminder of an appointment."""
    _queue("reservations/mail/appointment_reminder", appointment, None, Method.REQUEST, at)


def _queue(
    template: str, appointment: Appointment, user: User | None, method: Method, at: datetime, **context: Any
) -> None:
    shared = {
        "appointment": appointment,
        "sheet": AppointmentSheet(appointment, at),
        "url": page_of(appointment.request),
    }
    letters = []
    for guardian, address in _recipients(appointment, user):
        meeting = meeting_of(appointment, guardian.full_name, address)
        mimetype = f"text/calendar; method={method}"
        enclosure = Enclosure(FILE_NAME, calendar_file(meeting, method, at=at), mimetype)
        letters.append(Letter(template, address, {"guardian": guardian, **shared, **context}, enclosures=(enclosure,)))
    queue_mails(letters)


def _recipients(appointment: Appointment, user: User | None) -> Iterator[tuple[Guardian, str]]:
    """Yield who asked for the appointment and, when she is another guardian of the household, who has just changed it."""
    guardian = appointment.request.guardian
    told = set()
    people = [guardian] if guardian else []
    if user is not None and (guardian is None or guardian.user_id != user.pk):
        people += Guardian.objects.filter(family=appointment.family_id, user=user)
    for person in people:
        address = "" if person.rights == Guardian.Rights.EXCLUDED else person.mail_address
        if address and address not in told:
            told.add(address)
            yield person, address


def meeting_of(appointment: Appointment, name: str = "", email: str = "") -> Meeting:
    """Return what a calendar shows of an appointment, for the person of that name and address."""
    slot, place = appointment.slot, appointment.slot.place
    until = AppointmentSheet(appointment, appointment.told_at).change_words
    lines = [
        f"Avec {slot.receives}, {place.name}.",
        place.directions,
        f"Demande n° {appointment.request.number}.",
        f"À déplacer ou annuler {until} : {page_of(appointment.request)}",
    ]
    return Meeting(
        uid=str(appointment.uid),
        sequence=appointment.sequence,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        summary="Rendez-vous pour une place en crèche",
        location=f"{place.name}, {place.address}",
        description="\n".join(line for line in lines if line),
        url=page_of(appointment.request),
        organizer_name=f"Ville de {settings.TOWN['name']}",
        organizer_email=str(settings.TOWN["email"]),
        attendee_name=name,
        attendee_email=email,
    )

"""Appointments as calendars read them (RFC 5545, messages of RFC 5546). Pure: what is asked comes as values.

By mail an appointment is a REQUEST to one person, that her calendar keeps, moves or removes by itself as the next message of the
same UID comes with a higher SEQUENCE; on the page it is a file that any calendar opens (PUBLISH).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from icalendar import Calendar, Event, vCalAddress, vText

from castres_portal.base.clock import in_paris

PRODUCT = "-//Ville de Castres//Espace Citoyens//FR"


class Method(StrEnum):
    """What a calendar does with the message."""

    REQUEST = "REQUEST"
    PUBLISH = "PUBLISH"
    CANCEL = "CANCEL"


@dataclass(frozen=True)
class Meeting:
    """What a calendar shows of an appointment; instants aware."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str
    description: str
    url: str
    organizer_name: str
    organizer_email: str
    attendee_name: str = ""
    attendee_email: str = ""


def calendar_file(meeting: Meeting, method: Method, *, at: datetime) -> bytes:
    """Return the file of one meeting, with the time zone of Paris spelt out for programs that do not know it."""
    event = Event()
    event.add("uid", meeting.uid)
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", at)
    event.add("dtstart", in_paris(meeting.starts_at))
    event.add("dtend", in_paris(meeting.ends_at))
    event.add("summary", meeting.summary)
    event.add("location", meeting.location)
    event.add("description", meeting.description)
    event.add("url", meeting.url)
    event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if method == Method.CANCEL else "CONFIRMED")
    event.add("organizer", _address(meeting.organizer_name, meeting.organizer_email))
    if meeting.attendee_email and method != Method.PUBLISH:
        guest = _address(meeting.attendee_name, meeting.attendee_email)
        guest.params["PARTSTAT"] = vText("ACCEPTED")
        guest.params["RSVP"] = vText("FALSE")
        event.add("attendee", guest, encode=False)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", str(method))
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _address(name: str, email: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    address.params["CN"] = vText(name)
    return address

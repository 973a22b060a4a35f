"""A household's calendar feed as programs read it (RFC 5545 and 7986). Pure: what it says comes as ``rules.agenda`` events."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, timedelta

from icalendar import Calendar, Event, Timezone

from reservations.ical import PRODUCT
from reservations.rules.agenda import FeedEvent

NAME = "Espace Citoyens de Castres"
REFRESH = timedelta(hours=6)
PARIS_NAME = "Europe/Paris"


def feed_file(events: Sequence[FeedEvent], *, domain: str, page: str) -> bytes:
    """Write the feed; ``domain`` ends the names of the events, ``page`` (an address) is where days are changed.

    No METHOD: a feed is read, it invites nobody, and DTSTAMP then says when each event last changed. The file is the same as long
    as nothing has changed.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", NAME)
    calendar.add("x-wr-calname", NAME)
    calendar.add("x-wr-timezone", PARIS_NAME)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")
    calendar.add_component(Timezone.from_tzid(PARIS_NAME))
    for event in events:
        calendar.add_component(_component(event, domain, page))
    return bytes(calendar.to_ical())


def _component(event: FeedEvent, domain: str, page: str) -> Event:
    row = Event()
    row.add("uid", f"{event.uid}@{domain}")
    row.add("sequence", event.sequence)
    row.add("dtstamp", event.changed_at.astimezone(UTC))
    row.add("last-modified", event.changed_at.astimezone(UTC))
    row.add("dtstart", event.starts)
    row.add("dtend", event.ends)
    row.add("summary", event.summary)
    if event.description:
        row.add("description", event.description)
    if event.location:
        row.add("location", event.location)
    row.add("url", page)
    row.add("class", "PRIVATE")
    row.add("status", "CONFIRMED")
    row.add("transp", "TRANSPARENT")  # the child's hours do not make the parent busy
    return row


def entity_tag(events: Sequence[FeedEvent]) -> str:
    """Return the tag of a feed that says these events; cheaper than writing it."""
    return f'"{hashlib.sha256(repr(events).encode()).hexdigest()[:32]}"'

"""Which periods open, and when: read once in a while by each process, so that a look at the queue asks the database nothing."""

import time
from datetime import datetime, timedelta

from django.conf import settings

from reservations.models import HolidayPeriod
from reservations.queries.planning import span_of

KNOWN_SECONDS = 15.0
EARLY = timedelta(hours=1)
Windows = dict[int, tuple[datetime, datetime]]

_known: tuple[float, Windows] = (float("-inf"), {})


def is_rushed(period: int, at: datetime) -> bool:
    """Say whether a period (id) has just opened to who comes first."""
    first, last = _windows(at).get(period, (at, at))
    return first <= at < last


def stands_before(period: int, at: datetime) -> bool:
    """Say whether the room stands now before the form of a period (id)."""
    return bool(settings.WAITING_ROOM["enabled"]) and is_rushed(period, at)


def is_near(period: int, at: datetime) -> bool:
    """Say whether a period (id) opens within the hour."""
    first, _ = _windows(at).get(period, (at, at))
    return first - EARLY <= at < first


def rushes(at: datetime) -> Windows:
    """Return between which instants each coming period may be rushed at: from its opening, for as long as is set; one query."""
    lasts = timedelta(minutes=settings.WAITING_ROOM["minutes"])
    found = {}
    for row in HolidayPeriod.objects.filter(ends_on__gte=at.date()).order_by():
        if rush := span_of(row).rush:
            found[row.pk] = rush[0], min(rush[1], rush[0] + lasts)
    return found


def forget() -> None:
    """Read again at the next look."""
    global _known
    _known = (float("-inf"), {})


def _windows(at: datetime) -> Windows:
    global _known
    read_at, windows = _known
    if time.monotonic() - read_at > KNOWN_SECONDS:
        windows = rushes(at)
        _known = time.monotonic(), windows
    return windows

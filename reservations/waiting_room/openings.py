"""Which periods open, when and onto what: read once in a while by each process, so that a look at the queue asks the database
nothing, and a form only what is its household's own. What is sent is weighed with what stands at that instant."""

import time
from datetime import datetime, timedelta

from django.conf import settings

from reservations.models import HolidayPeriod
from reservations.queries.holidays import PeriodScene, scene_of
from reservations.queries.planning import span_of

KNOWN_SECONDS = 15.0
EARLY = timedelta(hours=1)
Windows = dict[int, tuple[datetime, datetime]]

_known: tuple[float, Windows] = (float("-inf"), {})
_scenes: dict[int, tuple[float, PeriodScene | None]] = {}


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


def scene_before(period: int, at: datetime) -> PeriodScene | None:
    """Return what of a period (id) is the same for everybody: as it was some seconds ago while the room stands before it."""
    if not stands_before(period, at):
        return scene_of(period)
    read_at, scene = _scenes.get(period, (float("-inf"), None))
    if time.monotonic() - read_at > KNOWN_SECONDS:
        scene = scene_of(period)
        _scenes[period] = time.monotonic(), scene
    return scene


def forget() -> None:
    """Read again at the next look."""
    global _known
    _known = (float("-inf"), {})
    _scenes.clear()


def _windows(at: datetime) -> Windows:
    global _known
    read_at, windows = _known
    if time.monotonic() - read_at > KNOWN_SECONDS:
        windows = rushes(at)
        _known = time.monotonic(), windows
    return windows

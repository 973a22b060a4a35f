"""The portal's clock: the only place that reads the time. Views, tasks and commands call it once and pass the value on.

``PORTAL_CLOCK`` (demonstration and tests) moves the date for every process alike. It holds either an instant of the Paris
wall clock, ``2026-11-19T12:06``, with an optional anchor ``@1795000000`` (the real Unix time at which the portal showed it),
or ``file:/path`` of a file holding the same text, read again at each call. Time flows on from the anchor.
"""

import time
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

PARIS = ZoneInfo("Europe/Paris")
_process_started_at = time.time()


def now() -> datetime:
    """Return the present instant, aware, in Paris."""
    text = settings.PORTAL_CLOCK
    if not text:
        return datetime.now(PARIS)
    return _shifted(text)


def today() -> date:
    """Return the present day in Paris."""
    return now().date()


def _shifted(text: str) -> datetime:
    anchor = _process_started_at
    if text.startswith("file:"):
        path = Path(text.removeprefix("file:"))
        text = path.read_text(encoding="utf-8").strip()
        anchor = path.stat().st_mtime
    if "@" in text:
        text, _, stamp = text.partition("@")
        anchor = float(stamp)
    shown = datetime.fromisoformat(text)
    if shown.tzinfo is None:
        shown = shown.replace(tzinfo=PARIS)
    return datetime.fromtimestamp(shown.timestamp() + time.time() - anchor, PARIS)


def is_valid_setting(text: str) -> bool:
    """Say whether a PORTAL_CLOCK text can be read."""
    try:
        _shifted(text)
    except (ValueError, OSError, OverflowError):
        return False
    return True


def midnight(day: date) -> datetime:
    """Return 00:00 of a day on the Paris wall clock, aware."""
    return datetime(day.year, day.month, day.day, tzinfo=PARIS)


def in_paris(instant: datetime) -> datetime:
    """Return an aware instant as Paris reads it."""
    return instant.astimezone(PARIS)

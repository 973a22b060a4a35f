"""The bank's clock: the real one, or the one that PORTAL_CLOCK sets.

PORTAL_CLOCK holds `2026-11-19T12:06` (Paris wall clock), optionally `@<unix seconds>`, the real
instant at which the clock showed that, or `file:<path>` of a file with the same text, read again
each time so that a test can move the date.
"""

import os
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
QUARTER_HOUR = 900
_started = time.time()
_last_read: dict[Path, tuple[str, float]] = {}


def now() -> datetime:
    """The bank's present instant, aware, in UTC."""
    setting = os.environ.get("PORTAL_CLOCK", "").strip()
    anchor = _started
    if setting.startswith("file:"):
        setting, anchor = _read(Path(setting.removeprefix("file:")))
    if not setting:
        return datetime.now(UTC)
    return shown_at(setting, anchor=anchor, real=time.time())


def _read(path: Path) -> tuple[str, float]:
    """A clock file's text and the instant it was written; a file just being written counts as before."""
    try:
        text, written = path.read_text(encoding="utf-8").strip(), path.stat().st_mtime
    except FileNotFoundError:
        return "", 0
    if text:
        _last_read[path] = text, written
    return _last_read.get(path, ("", 0))


def shown_at(setting: str, *, anchor: float, real: float) -> datetime:
    """The instant (UTC) that a PORTAL_CLOCK text means at `real` unix seconds.

    `anchor` serves when the text carries none. Raises ValueError on another format.
    """
    start, own_anchor = _parse(setting)
    return start + timedelta(seconds=real - (own_anchor if own_anchor is not None else anchor))


@cache
def _parse(setting: str) -> tuple[datetime, float | None]:
    wall, _, anchor = setting.partition("@")
    start = datetime.fromisoformat(wall)
    if start.tzinfo is None:
        start = start.replace(tzinfo=PARIS)
    return start.astimezone(UTC), float(anchor) if anchor else None


def seconds_to_quarter_hour(at: datetime) -> float:
    """Seconds from `at` to the next :00, :15, :30 or :45, never zero."""
    return QUARTER_HOUR - (at.timestamp() % QUARTER_HOUR)


def stamp(at: datetime) -> str:
    """An instant as PayZen writes it: YYYYMMDDHHMMSS in UTC."""
    return at.astimezone(UTC).strftime("%Y%m%d%H%M%S")

"""Attendance sheets: what may be touched when, which touch holds, what a touch means once the bookings are known. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import TextChoices

from castres_portal.base.clock import in_paris, midnight
from castres_portal.base.french import long_day

PRESENT, ABSENT, UNBOOKED, CLEARED = "present", "absent", "sans-reservation", "efface"
STATES = (PRESENT, ABSENT, UNBOOKED, CLEARED)
CAME = (PRESENT, UNBOOKED)
# A tablet that runs a little fast or slow is believed; beyond, its instants are moved by what it is wrong by.
CLOCK_TOLERANCE = timedelta(seconds=90)


class AttendanceHours(TextChoices):
    """Which hours an activity notes beside a presence."""

    NONE = "", "aucune"
    ARRIVAL = "arrivee", "l’arrivée"
    DEPARTURE = "depart", "le départ"
    BOTH = "deux", "l’arrivée et le départ"

    @property
    def arrival(self) -> bool:
        """Whether the hour of arrival is noted."""
        return self in (self.ARRIVAL, self.BOTH)

    @property
    def departure(self) -> bool:
        """Whether the hour of departure is noted."""
        return self in (self.DEPARTURE, self.BOTH)


@dataclass(frozen=True)
class Touch:
    """One touch of a child's line on a sheet, as the tablet says it: ``at`` is an instant of the tablet's clock.

    ``arrived`` and ``left`` are wall clock when they were typed, instants of the tablet's clock when they were « now ».
    """

    key: UUID
    site: int
    day: date
    child: int
    state: str
    at: datetime
    arrived: time | datetime | None = None
    left: time | datetime | None = None


@dataclass(frozen=True)
class Window:
    """How many days after its day a sheet may still be touched, and how many after the touch it may still arrive."""

    past_days: int
    send_days: int


def why_not(day: date, touched_on: date, received_on: date, window: Window) -> str:
    """Say why a sheet cannot be touched, nothing when it can: its day and the ``past_days`` that follow, never in advance.

    A touch kept by a tablet without network is judged on the day when it was made, if it arrives within ``send_days``.
    """
    if day > received_on:
        return f"Le {long_day(day)} n’est pas encore venu\u00a0: on ne pointe pas d’avance."
    if (touched_on - day).days > window.past_days:
        return f"La feuille du {long_day(day)} est close\u00a0: l’Espace Famille peut encore la corriger."
    if (received_on - touched_on).days > window.send_days:
        return (
            f"Ce pointage du {long_day(day)} arrive trop tard\u00a0: l’Espace Famille peut encore corriger la feuille."
        )
    return ""


@dataclass(frozen=True)
class TabletClock:
    """What a tablet's clock is wrong by: ``shown`` is what it said when ``at`` was true."""

    shown: datetime
    at: datetime

    @property
    def wrong_by(self) -> timedelta:
        """What is to be added to an instant of the tablet; nothing when it is nearly right."""
        gap = self.at - self.shown
        return gap if abs(gap) > CLOCK_TOLERANCE else timedelta(0)

    def instant(self, touched: datetime, day: date) -> datetime:
        """Bring back an instant of the tablet: never after now, never before the day of the sheet begins."""
        first = min(midnight(day), self.at)
        try:
            moved = touched + self.wrong_by
        except OverflowError:
            moved = first
        return in_paris(max(first, min(moved, self.at)))

    def hour(self, noted: time | datetime | None, day: date) -> time | None:
        """Return a noted hour on the wall clock of Paris, to the minute."""
        if isinstance(noted, datetime):
            noted = self.instant(noted, day).time()
        return noted.replace(second=0, microsecond=0) if noted else None


def holds(touched_at: datetime, key: UUID, known_at: datetime, known_key: UUID) -> bool:
    """Say whether a touch comes after what is known: the last one wins, the same order on whichever tablet arrives first."""
    return (touched_at, key.hex) > (known_at, known_key.hex)


def meaning(state: str, *, booked: bool, expected: bool) -> tuple[str, str]:
    """Return what a touch says once the bookings are known, and why it is refused (one of the two is empty).

    A booking made or cancelled since the sheet was opened changes the word, never the fact: the child was there, or not.
    ``expected`` says that the child belongs to the place (its school, or enrolled there).
    """
    if booked:
        return (PRESENT if state == UNBOOKED else state), ""
    if state == ABSENT:
        return "", "Ce jour n’est plus réservé pour cet enfant\u00a0: il n’y a pas d’absence à pointer."
    if not expected:
        return "", "Cet enfant n’est ni de cette école, ni inscrit dans ce lieu\u00a0: appelez l’Espace Famille."
    return (UNBOOKED if state == PRESENT else state), ""


def is_late(day: date, touched_at: datetime) -> bool:
    """Whether a touch was made after the day of its sheet."""
    return in_paris(touched_at).date() > day


@dataclass(frozen=True)
class Attended:
    """A day as an attestation counts it: booked or not, and the state that was touched (empty when nobody did)."""

    activity: str
    day: date
    booked: bool
    state: str
    position: int = 1

    @property
    def came(self) -> bool:
        """Whether the child was seen there."""
        return self.state in CAME

    @property
    def only_booked(self) -> bool:
        """Whether nothing is known but the booking."""
        return self.booked and self.state in ("", CLEARED)


def seen_and_booked(days: Iterable[Attended]) -> tuple[list[Attended], list[Attended]]:
    """Split days in those when the child came and those that are only booked; absences are in neither."""
    rows = sorted(days, key=lambda one: one.day)
    return [one for one in rows if one.came], [one for one in rows if one.only_booked]

"""When an appointment can be taken, changed and recalled, and which slots an opening makes.

Castres has published no rule: every delay is a setting (``APPOINTMENTS`` of the town's facts), passed in by the caller. An
instant is compared, a day is counted on the calendar of Paris, so that a change of clocks moves nothing.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from castres_portal.base.clock import PARIS, in_paris
from castres_portal.base.french import WEEKDAYS
from reservations.rules.deadlines import deadline, wall_clock

MOST_SLOTS = 1000


@dataclass(frozen=True)
class AppointmentPolicy:
    """The town's delays: days before the appointment, with or without an hour of that day."""

    book_days: int
    book_hour: time | None
    change_days: int
    change_hour: time | None
    remind_days: int
    remind_hour: time

    @classmethod
    def read(cls, setting: Mapping[str, Any]) -> "AppointmentPolicy":
        """Return the policy that a setting holds."""
        return cls(**{name: setting[name] for name in cls.__dataclass_fields__})

    def book_until(self, starts_at: datetime) -> datetime:
        """Return the first instant at which a slot can no longer be taken on line."""
        return min(deadline(in_paris(starts_at).date(), self.book_days, self.book_hour), starts_at)

    def change_until(self, starts_at: datetime) -> datetime:
        """Return the first instant at which an appointment can no longer be moved or cancelled on line."""
        return min(deadline(in_paris(starts_at).date(), self.change_days, self.change_hour), starts_at)

    def remind_at(self, starts_at: datetime) -> datetime:
        """Return the instant from which the family is reminded."""
        return wall_clock(in_paris(starts_at).date() - timedelta(days=self.remind_days), self.remind_hour)

    def must_remind(self, starts_at: datetime, *, told_at: datetime, at: datetime) -> bool:
        """Say whether a reminder is due: its hour has come, the appointment has not, and the family was not told since.

        Whoever took or moved an appointment after that hour has just read it: she is not reminded.
        """
        due = self.remind_at(starts_at)
        return told_at < due <= at < starts_at


# --- The slots of an opening ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Opening:
    """What an agent opens: who receives, which weekdays (Monday 0), between which hours, for how many weeks."""

    receives: Sequence[str]
    weekdays: frozenset[int]
    first_day: date
    weeks: int
    opens: time
    closes: time
    minutes: int
    pause_from: time | None = None
    pause_until: time | None = None


@dataclass(frozen=True)
class PlannedSlot:
    """A slot to be made; both instants aware. ``clash`` says that the person already receives then."""

    receives: str
    starts_at: datetime
    ends_at: datetime
    clash: bool = False


@dataclass(frozen=True)
class PlannedDay:
    """A day of an opening: its slots, or why it has none."""

    day: date
    slots: tuple[PlannedSlot, ...] = ()
    closed: str = ""

    @property
    def kept(self) -> list[PlannedSlot]:
        """The slots that will be made."""
        return [slot for slot in self.slots if not slot.clash]


Busy = Iterable[tuple[str, datetime, datetime]]


def plan_opening(opening: Opening, *, why_closed: Callable[[date], str], busy: Busy = ()) -> list[PlannedDay]:
    """Return the days of an opening in order, each with its slots or the reason why it is skipped.

    ``why_closed`` names the reason for which a day is closed, or answers nothing. ``busy`` are the times (who, from, until)
    at which somebody already receives: a slot over one of them is marked, and will not be made. A slot never runs past the
    closing hour nor into the pause.
    """
    taken: dict[str, list[tuple[datetime, datetime]]] = {}
    for who, start, end in busy:
        taken.setdefault(who, []).append((start, end))
    days = (opening.first_day + timedelta(days=offset) for offset in range(7 * opening.weeks))
    return [_planned_day(opening, day, why_closed(day), taken) for day in days if day.weekday() in opening.weekdays]


def _planned_day(
    opening: Opening, day: date, closed: str, taken: Mapping[str, Sequence[tuple[datetime, datetime]]]
) -> PlannedDay:
    if closed:
        return PlannedDay(day, closed=closed)
    found = []
    for start, end in _times(opening, day):
        for who in opening.receives:
            clash = any(start < until and since < end for since, until in taken.get(who, ()))
            found.append(PlannedSlot(who, start, end, clash))
    return PlannedDay(day, tuple(found))


def _times(opening: Opening, day: date) -> Iterable[tuple[datetime, datetime]]:
    step = timedelta(minutes=opening.minutes)
    start, closes = (datetime.combine(day, hour) for hour in (opening.opens, opening.closes))
    pause = (
        (datetime.combine(day, opening.pause_from), datetime.combine(day, opening.pause_until))
        if opening.pause_from and opening.pause_until
        else None
    )
    while start + step <= closes:
        if pause and start < pause[1] and pause[0] < start + step:
            start = pause[1]
            continue
        yield start.replace(tzinfo=PARIS), (start + step).replace(tzinfo=PARIS)
        start += step


def slot_count(days: Iterable[PlannedDay]) -> int:
    """Count the slots that an opening will make."""
    return sum(len(day.kept) for day in days)


# --- Whom and when ----------------------------------------------------------------------------------------------------


def child_key(child: int | None, name: str, born_on: date | None, due_on: date | None) -> str:
    """Return what two requests for one child have in common: the household's child, else first name and day.

    Accents, capitals and punctuation do not count, so that « Zoë » and « ZOE » are one child.
    """
    if child is not None:
        return f"enfant {child}"
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    letters = re.sub(r"[^a-z]", "", plain)
    return f"{letters} {'ne' if born_on else 'attendu'} {born_on or due_on}"


def days_in_words(weekdays: Iterable[int]) -> str:
    """Write weekdays as a sentence does: « lundi, mardi et jeudi »."""
    names = [WEEKDAYS[day] for day in sorted(weekdays)]
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} et {names[-1]}"

"""What the calendar sends: several children and activities in one form.

A child's days in an activity are named by a key, ``12-restauration``. Each hidden ``affiches`` is a key and the open days shown
reserved, each hidden ``libres`` a key and those shown free; a tick has the key for name and the day for value. A formula follows
its day: ``2026-12-09=matin``. Days of one month may be written together: ``2026-12:07.08.10``.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID, uuid4

from django.core.exceptions import SuspiciousOperation
from django.http import QueryDict

from reservations.rules.changes import DayChanges, applied_to, formula_changes

Wanted = tuple[int, str]  # a child (id) and an activity (slug)
Formulas = dict[date, str]  # a day and its formula, "" where there is none
PREVIEW = "voir"
MOST_DIGITS = 9  # of a child's id
LONGEST_REASON = 200


@dataclass(frozen=True)
class CalendarForm:
    """The calendar as it is sent: which open days it showed reserved, which free, which are wanted, for whom else.

    ``only_shows``: the family asks what it would change, nothing is to be saved. ``late_reason``: why an agent goes
    past a deadline.
    """

    submission: UUID
    shown: Mapping[Wanted, Formulas]
    free: Mapping[Wanted, Formulas]
    wanted: Mapping[Wanted, Formulas]
    also: list[int] = field(default_factory=list)
    only_shows: bool = False
    late_reason: str = ""

    @classmethod
    def read(cls, data: QueryDict) -> "CalendarForm":
        """Read what a browser sent; raise SuspiciousOperation (a 400 answer) for what the page could not have made."""
        try:
            return cls(
                submission=UUID(data.get("envoi", "")),
                shown=_by_key(data.getlist("affiches")),
                free=_by_key(data.getlist("libres")),
                wanted={_key(name): _days(data.getlist(name)) for name in data if name[:1].isdigit()},
                also=[_child(child) for child in data.getlist("aussi")],
                only_shows=data.get("etape") == PREVIEW,
                late_reason=data.get("hors-delai", "").strip()[:LONGEST_REASON],
            )
        except ValueError as error:
            raise SuspiciousOperation("calendar form") from error

    @property
    def keys(self) -> set[Wanted]:
        """The children and activities that it speaks of."""
        return {*self.shown, *self.free, *self.wanted}

    def changes(self, enrolled: Collection[Wanted] = ()) -> dict[Wanted, DayChanges]:
        """Return what is asked for each child (id) in each activity (slug).

        The children named beside (``also``) get the same additions and removals in each activity of theirs; ``enrolled`` says
        which. One who is enrolled in none of them is asked for all the same: the service refuses her.
        """
        asked = {
            key: formula_changes(self.shown.get(key, {}), self.wanted.get(key, {}), self.free.get(key, {}))
            for key in self.keys
        }
        beside: dict[Wanted, DayChanges] = {}
        for child in self.also:
            slugs = [slug for _, slug in asked if (child, slug) in enrolled] or [slug for _, slug in asked]
            for (one, slug), changes in asked.items():
                if slug in slugs and (child, slug) not in asked:
                    beside[child, slug] = applied_to(one, changes, [child])[child]
        return asked | beside


def _by_key(texts: Iterable[str]) -> dict[Wanted, Formulas]:
    split = [text.split() for text in texts if text.strip()]
    return {_key(name): _days(days) for name, *days in split}


def _key(name: str) -> Wanted:
    child, _, slug = name.partition("-")
    if not slug:
        raise ValueError("a child without an activity")
    return _child(child), slug


def _child(text: str) -> int:
    if not text.isdecimal() or len(text) > MOST_DIGITS:
        raise ValueError("no child has this id")
    return int(text)


def _days(texts: Iterable[str]) -> Formulas:
    found: Formulas = {}
    for text in texts:
        month, together, numbers = text.partition(":")
        if together:
            found |= {_day(f"{month}-{number}"): "" for number in numbers.split(".")}
        elif text:  # a select left on « — » sends nothing
            day, _, formula = text.partition("=")
            found[_day(day)] = formula[:16]
    return found


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if not 2000 <= day.year < 2100:
        raise ValueError("a day of no school calendar")
    return day


def new_submission() -> UUID:
    """Name a form about to be shown."""
    return uuid4()

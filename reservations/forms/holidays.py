"""What the page of a holiday period sends."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.core.exceptions import SuspiciousOperation
from django.http import QueryDict

from reservations.queries.holidays import Ticks
from reservations.rules.changes import DayChanges, formula_changes
from reservations.rules.formulas import Formula
from reservations.rules.holidays import monday_of

MOST_ID = 19  # digits


@dataclass(frozen=True)
class PeriodForm:
    """What was shown of each child's days, and what is ticked; ``weeks`` ticks whole weeks by their Monday."""

    submission: UUID
    shown: dict[int, dict[date, str]]
    free: dict[int, set[date]]
    ticked: dict[int, set[date]]
    weeks: dict[int, set[date]]
    formulas: dict[tuple[int, date], str] = field(default_factory=dict)
    late_reason: str = ""

    @classmethod
    def read(cls, data: QueryDict) -> "PeriodForm":
        """Read what a browser sent; raise SuspiciousOperation (a 400 answer) for what the page could not have made."""
        try:
            return cls(
                submission=UUID(data.get("envoi", "")),
                shown={child: _shown(text) for child, text in _named(data, "affiches")},
                free={child: {as_day(word) for word in text.split()} for child, text in _named(data, "libres")},
                ticked=_by_child(data.getlist("jour")),
                weeks=_by_child(data.getlist("semaine")),
                formulas=_formulas(data),
                late_reason=data.get("motif", "")[:200],
            )
        except ValueError as error:
            raise SuspiciousOperation("holiday form") from error

    def wanted(self, child: int) -> dict[date, str]:
        """Return the days wanted for a child, each with its formula."""
        shown, free = self.shown.get(child, {}), self.free.get(child, set())
        mondays = self.weeks.get(child, set())
        days = self.ticked.get(child, set()) | {day for day in {*shown, *free} if monday_of(day) in mondays}
        return {day: self.formulas.get((child, monday_of(day)), shown.get(day, "")) for day in sorted(days)}

    def changes(self, activity: str) -> dict[tuple[int, str], DayChanges]:
        """Return what is asked for each child in the activity (slug) of the period."""
        return {
            (child, activity): formula_changes(
                self.shown.get(child, {}), self.wanted(child), self.free.get(child, set())
            )
            for child in sorted({*self.shown, *self.free, *self.ticked, *self.weeks})
        }

    @property
    def ticks(self) -> Ticks:
        """Return what was ticked, to be shown again."""
        children = {*self.shown, *self.free, *self.ticked, *self.weeks}
        return Ticks({child: frozenset(self.wanted(child)) for child in children}, self.formulas)


def _named(data: QueryDict, name: str) -> Iterable[tuple[int, str]]:
    """Yield the fields « name-child »."""
    for key in data:
        if key.startswith(f"{name}-"):
            yield as_child(key.removeprefix(f"{name}-")), data[key]


def _formulas(data: QueryDict) -> dict[tuple[int, date], str]:
    found = {}
    for key in data:
        if key.startswith("formule-"):
            child, _, monday = key.removeprefix("formule-").partition("-")
            found[as_child(child), as_day(monday)] = str(Formula(data[key])) if data[key] else ""
    return found


def _by_child(texts: Iterable[str]) -> dict[int, set[date]]:
    found: dict[int, set[date]] = {}
    for text in texts:
        child, _, day = text.partition("_")
        found.setdefault(as_child(child), set()).add(as_day(day))
    return found


def _shown(text: str) -> dict[date, str]:
    pairs = (word.partition("=") for word in text.split())
    return {as_day(day): str(Formula(formula)) if formula else "" for day, _, formula in pairs}


def as_child(text: str) -> int:
    """Read the id of a child, or any other number that a page names."""
    if not (text.isascii() and text.isdecimal() and len(text) < MOST_ID):
        raise ValueError("a child that no page names")
    return int(text)


def as_day(text: str) -> date:
    """Read a day; raise ValueError for one of no school calendar."""
    day = date.fromisoformat(text)
    if not 2000 <= day.year < 2100:
        raise ValueError("a day of no school calendar")
    return day

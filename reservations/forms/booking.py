"""What the calendar sends."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from django.core.exceptions import SuspiciousOperation
from django.http import QueryDict

from reservations.rules.changes import DayChanges, applied_to, changes_between


@dataclass(frozen=True)
class CalendarForm:
    """The calendar as it is sent: which open days it showed reserved, which free, which are ticked, for whom else."""

    submission: UUID
    shown: list[date]
    free: list[date]
    ticked: list[date]
    also: list[int]

    @classmethod
    def read(cls, data: QueryDict) -> "CalendarForm":
        """Read what a browser sent; raise SuspiciousOperation (a 400 answer) for what the page could not have made."""
        try:
            return cls(
                submission=UUID(data.get("envoi", "")),
                shown=_days(data.get("affiches", "").split()),
                free=_days(data.get("libres", "").split()),
                ticked=_days(data.getlist("jour")),
                also=[int(child) for child in data.getlist("aussi")],
            )
        except ValueError as error:
            raise SuspiciousOperation("calendar form") from error

    def changes(self, child: int) -> dict[int, DayChanges]:
        """Return what is asked for each child (by id): the same additions and removals for those named beside."""
        return dict(applied_to(child, changes_between(self.shown, self.ticked, self.free), self.also))


def _days(texts: Iterable[str]) -> list[date]:
    days = [date.fromisoformat(text) for text in texts]
    if any(not 2000 <= day.year < 2100 for day in days):
        raise ValueError("a day of no school calendar")
    return days


def new_submission() -> UUID:
    """Name a form about to be shown."""
    return uuid4()

"""What the pages of the waiting list and of the days given back send."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.core.exceptions import SuspiciousOperation
from django.http import QueryDict

from reservations.rules.formulas import Formula

FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True)
class JoinForm:
    """Full days that a family asks for, and in which formula."""

    submission: UUID
    days: list[date]
    formula: str

    @classmethod
    def read(cls, data: QueryDict) -> "JoinForm":
        """Read what a browser sent; raise SuspiciousOperation (a 400 answer) for what the page could not have made."""
        formula = data.get("formule", "")
        try:
            if formula:
                Formula(formula)
            return cls(UUID(data.get("envoi", "")), _days(data.getlist("jour")), formula)
        except ValueError as error:
            raise SuspiciousOperation("waiting form") from error

    @property
    def wanted(self) -> dict[date, str]:
        """The formula of each day."""
        return dict.fromkeys(self.days, self.formula)


@dataclass(frozen=True)
class LateDaysForm:
    """Bookings (ids) to give back or to take back."""

    submission: UUID
    bookings: list[int]

    @classmethod
    def read(cls, data: QueryDict) -> "LateDaysForm":
        """Read what a browser sent; raise SuspiciousOperation (a 400 answer) for what the page could not have made."""
        texts = data.getlist("reservation")
        if not all(text.isascii() and text.isdecimal() and len(text) < 19 for text in texts):
            raise SuspiciousOperation("late days form")
        try:
            return cls(UUID(data.get("envoi", "")), [int(text) for text in texts])
        except ValueError as error:
            raise SuspiciousOperation("late days form") from error


def ticked_days(text: str) -> set[date]:
    """Return the days of an address (« 2026-12-11,2026-12-18 »); what is none is left out."""
    found = set()
    for part in text.split(",")[:400]:
        try:
            found |= set(_days([part]))
        except ValueError:
            continue
    return found


def _days(texts: Iterable[str]) -> list[date]:
    days = [date.fromisoformat(text) for text in texts]
    if any(not FIRST_YEAR <= day.year < LAST_YEAR for day in days):
        raise ValueError("a day of no school calendar")
    return days

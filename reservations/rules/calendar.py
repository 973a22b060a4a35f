"""When there is school in Castres (academy of Toulouse, zone C).

Public holidays are computed (``holidays``: the eleven of article L3133-1 of the code du travail). School holidays and the
bridge of Ascension come from the ministry's decree, by rows that agents edit. A period's departure is after class: its
first day is the first day *without* class, so that a last day of class (Tuesday 4 July 2028) keeps its canteen.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from holidays import country_holidays

SATURDAY = 5


class ClosureKind(StrEnum):
    """Why nothing runs on a day: STOPPED by agents (strike, outing), NO_PERIOD outside the holiday periods of a centre."""

    OUT_OF_YEAR = "hors_annee"
    HOLIDAYS = "vacances"
    PUBLIC_HOLIDAY = "ferie"
    BRIDGE = "pont"
    WEEKEND = "week_end"
    STOPPED = "fermeture"
    NO_PERIOD = "hors_periode"


@dataclass(frozen=True)
class ClosedDay:
    """A reason for a day on which nothing runs, and its name: « Vacances de Noël », « Armistice », « Grève »."""

    kind: ClosureKind
    label: str


@dataclass(frozen=True)
class YearSpan:
    """A school year, from its first to its last day of class, both included.

    Who was enrolled the year before has until ``reenrolment_closes_on``, included, to be enrolled again; None: all the year.
    """

    label: str
    starts_on: date
    ends_on: date
    enrolment_opens_on: date
    pk: int = 0
    reenrolment_closes_on: date | None = None


@dataclass(frozen=True)
class ClosedSpan:
    """Days without class inside a school year, both ends included; ``kind`` is HOLIDAYS or BRIDGE."""

    kind: ClosureKind
    label: str
    starts_on: date
    ends_on: date


@lru_cache(maxsize=64)
def public_holidays(year: int) -> Mapping[date, str]:
    """Return the national public holidays of a year with their French names."""
    found = country_holidays("FR", years=year, language="fr")
    return {day: name.replace("'", "’") for day, name in found.items()}


class SchoolCalendar:
    """The school years that agents have entered, asked day by day."""

    def __init__(self, years: Iterable[YearSpan], closed: Iterable[ClosedSpan]) -> None:
        self.years = sorted(years, key=lambda year: year.starts_on)
        self.closed = sorted(closed, key=lambda span: span.starts_on)

    def year_of(self, day: date) -> YearSpan | None:
        """Return the school year that a day belongs to, its last day of class included; None in summer."""
        return next((year for year in self.years if year.starts_on <= day <= year.ends_on), None)

    def why_closed(self, day: date) -> ClosedDay | None:
        """Say why there is no school on a day, or None when there is.

        Of several reasons the one that tells most: Christmas Day is part of the Christmas holidays, and Ascension
        Thursday is a public holiday rather than part of its bridge.
        """
        if day.weekday() >= SATURDAY:
            return ClosedDay(ClosureKind.WEEKEND, "Week-end")
        if self.year_of(day) is None:
            return ClosedDay(ClosureKind.OUT_OF_YEAR, self._between_years(day))
        span = next((span for span in self.closed if span.starts_on <= day <= span.ends_on), None)
        if span and span.kind == ClosureKind.HOLIDAYS:
            return ClosedDay(span.kind, span.label)
        if name := public_holidays(day.year).get(day):
            return ClosedDay(ClosureKind.PUBLIC_HOLIDAY, name)
        return ClosedDay(span.kind, span.label) if span else None

    def is_school_day(self, day: date) -> bool:
        """Say whether a day is one of class, Wednesdays included (an activity says which weekdays it runs)."""
        return self.why_closed(day) is None

    def _between_years(self, day: date) -> str:
        summer = any(year.ends_on < day < date(year.ends_on.year, 9, 30) for year in self.years)
        return "Vacances d’été" if summer else "Hors année scolaire"


def days_between(first: date, last: date) -> Iterator[date]:
    """Yield each day of a period, both ends included."""
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def month_bounds(month: date) -> tuple[date, date]:
    """Return the first and last day of the month of a day."""
    first = month.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)

"""Which days a week pattern asks for, and what a month becomes when it is copied: dates only.

Weeks are those of the ISO calendar, from Monday to Sunday. After a year of 53 weeks two odd weeks follow each other, 53 then 1:
a pattern of odd weeks books both, as the custody of odd weeks holds both. Whatever the pattern, a child who lives in two
households is asked for on one's own weeks alone; the days left aside are counted, never refused.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from castres_portal.base.french import long_day
from reservations.rules.calendar import ClosedSpan, ClosureKind, SchoolCalendar, YearSpan, days_between
from reservations.rules.simulation import Weeks

SPRING = 4  # April: the holidays that begin then, or later, end the second term
CHRISTMAS = (12, 25)
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class WeekPattern:
    """Some weekdays (Monday = 0) of every week, of the odd ones or of the even ones."""

    weekdays: frozenset[int]
    weeks: Weeks = Weeks.ALL


def is_in(day: date, weeks: Weeks) -> bool:
    """Say whether a day is in a week of this parity (ISO number)."""
    return weeks == Weeks.ALL or (day.isocalendar().week % 2 == 1) == (weeks == Weeks.ODD)


def pattern_days(pattern: WeekPattern, first: date, last: date) -> list[date]:
    """Return the days of a pattern between two days, both included; none when they are the wrong way round."""
    return [day for day in days_between(first, last) if day.weekday() in pattern.weekdays and is_in(day, pattern.weeks)]


@dataclass(frozen=True)
class Sifted:
    """The days worth asking for, and those left aside: the other household's, those on which nothing runs."""

    asked: Sequence[date] = ()
    elsewhere: Sequence[date] = ()
    closed: Sequence[date] = ()


def sift(days: Iterable[date], *, at_home: Callable[[date], bool], runs: Callable[[date], bool]) -> Sifted:
    """Sort days: a day on which the activity does not run is nobody's; of the others, one's own weeks alone are asked for."""
    asked: list[date] = []
    elsewhere: list[date] = []
    closed: list[date] = []
    for day in days:
        (closed if not runs(day) else asked if at_home(day) else elsewhere).append(day)
    return Sifted(asked, elsewhere, closed)


def copy_of_month(booked: Mapping[date, str], source: Collection[date], target: Collection[date]) -> Mapping[date, str]:
    """Copy a month onto another, weekday by weekday.

    ``source`` and ``target`` are the days on which the child could come, of the month copied and of the other (activity open, own
    weeks); ``booked`` the formula of each day booked. The first Monday of one becomes the first Monday of the other, and so on;
    the last one known serves for those beyond. Return the days to book with their formula.
    """
    wanted: dict[date, str] = {}
    for weekday in range(7):
        models = sorted(day for day in source if day.weekday() == weekday)
        if not models:
            continue
        for rank, day in enumerate(sorted(day for day in target if day.weekday() == weekday)):
            model = models[min(rank, len(models) - 1)]
            if model in booked:
                wanted[day] = booked[model]
    return wanted


# --- Until when -------------------------------------------------------------------------------------------------------


class EndKind(StrEnum):
    """The ends that the page offers, by the word that its form sends."""

    HOLIDAYS = "vacances"
    TERM = "trimestre"
    YEAR = "annee"
    DATE = "date"


@dataclass(frozen=True)
class EndChoice:
    """A last day to choose, in words."""

    kind: EndKind
    day: date
    words: str

    @property
    def detail(self) -> str:
        """« jusqu’au vendredi 18 décembre 2026 »."""
        return f"jusqu’au {long_day(self.day)}"


def ends_from(first: date, calendar: SchoolCalendar) -> list[EndChoice]:
    """Return the ends worth offering to a pattern that begins on a day: next holidays, end of the term, end of the year.

    A term ends with the holidays of Christmas, with those of spring, and with the year: schools of the first degree have no other
    (code de l’éducation, article L521-1: five periods of work). Of two ends on one day the nearer word is kept.
    """
    year = next((year for year in calendar.years if year.ends_on >= first), None)
    if year is None:
        return []
    holidays = [span for span in calendar.closed if _counts(span, year) and span.starts_on > first]
    found: dict[date, EndChoice] = {}
    if holidays:
        span = holidays[0]
        label = f"{span.label[:1].lower()}{span.label[1:]}"
        _offer(found, EndKind.HOLIDAYS, _last_day(span, calendar), f"Jusqu’aux {label}", first)
    term = next((span for span in holidays if _ends_a_term(span)), None)
    if term:
        _offer(found, EndKind.TERM, _last_day(term, calendar), "Jusqu’à la fin du trimestre", first)
    _offer(found, EndKind.YEAR, year.ends_on, "Toute l’année scolaire", first)
    return list(found.values())


def _offer(found: dict[date, EndChoice], kind: EndKind, day: date, words: str, first: date) -> None:
    if day >= first:
        found.setdefault(day, EndChoice(kind, day, words))


def _counts(span: ClosedSpan, year: YearSpan) -> bool:
    return span.kind == ClosureKind.HOLIDAYS and year.starts_on <= span.starts_on <= year.ends_on


def _ends_a_term(span: ClosedSpan) -> bool:
    christmas = date(span.starts_on.year, *CHRISTMAS)
    return span.starts_on <= christmas <= span.ends_on or SPRING <= span.starts_on.month < 8


def _last_day(span: ClosedSpan, calendar: SchoolCalendar) -> date:
    """Return the last day of class before some holidays."""
    day = span.starts_on - timedelta(days=1)
    while not calendar.is_school_day(day) and span.starts_on - day < 2 * WEEK:
        day -= timedelta(days=1)
    return day

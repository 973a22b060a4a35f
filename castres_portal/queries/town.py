"""What anybody may know of the town: its schools, its school calendar, its news."""

import unicodedata
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from castres_portal.models import News
from castres_portal.rules.dates import MonthCount, UsefulDate, closed_periods, days_by_month, holidays_of, next_dates
from families.models import School
from reservations.models import Activity, Closure
from reservations.queries.closures import scope_words
from reservations.queries.planning import school_calendar

SUMMER = timedelta(days=62)
CLOSURES_AHEAD = timedelta(days=62)
LONGEST_SEARCH = 60


# --- Schools ----------------------------------------------------------------------------------------------------------


def schools(*, kind: str = "", words: str = "") -> list[School]:
    """Return the town's public schools, kept by kind and by words of their name or street, accents aside; one query."""
    wanted = [_plain(word) for word in words[:LONGEST_SEARCH].split()]
    rows = School.objects.filter(kind=kind) if kind else School.objects.all()
    return [row for row in rows if all(word in _plain(f"{row.name} {row.street}") for word in wanted)]


def _plain(text: str) -> str:
    """Write a text without accents, capitals or curly apostrophes."""
    letters = unicodedata.normalize("NFKD", text.replace("’", "'").casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


# --- Calendar ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SchoolYearSheet:
    """A school year for the public page: its periods and holidays without class, its days of canteen by month."""

    label: str
    starts_on: date
    ends_on: date
    periods: list[UsefulDate]
    holidays: list[UsefulDate]
    meals: list[MonthCount]

    @property
    def meal_days(self) -> int:
        """How many days of canteen the year has."""
        return sum(row.days for row in self.meals)


@dataclass(frozen=True)
class CalendarSheet:
    """What comes next, the years that are not over, and what agents close in the coming weeks."""

    coming: list[UsefulDate]
    years: list[SchoolYearSheet]
    closures: list[UsefulDate] = field(default_factory=list)


def calendar_sheet(*, today: date) -> CalendarSheet:
    """Return the school calendar for everybody; four queries."""
    calendar, closures = school_calendar(), public_closures(today=today)
    meal = next((row for row in Activity.objects.filter(is_open=True) if row.is_meal), None)
    weekdays = meal.weekdays if meal else frozenset()
    years = [
        SchoolYearSheet(
            label=year.label,
            starts_on=year.starts_on,
            ends_on=year.ends_on,
            periods=closed_periods(calendar, year),
            holidays=holidays_of(calendar, year),
            meals=days_by_month(calendar, year, weekdays) if weekdays else [],
        )
        for year in calendar.years
        if year.ends_on >= today
    ]
    return CalendarSheet(coming=next_dates(calendar, today, limit=3), years=years[:2], closures=closures)


def coming_dates(*, today: date) -> list[UsefulDate]:
    """Return the next dates that families ask about; three queries."""
    return next_dates(school_calendar(), today, limit=4, closures=public_closures(today=today))


def public_closures(*, today: date) -> list[UsefulDate]:
    """Return the closures of the coming weeks that everybody may know, the nearest first; two queries.

    Those of the town, of a school or of a centre. Never an outing, which would say where children are, nor what concerns a class
    or a level: its families read it in their own pages.
    """
    rows = Closure.objects.filter(undone_at=None, level="", class_name="", ends_on__gte=today)
    rows = rows.filter(starts_on__lte=today + CLOSURES_AHEAD).exclude(kind=Closure.Kind.OUTING)
    in_order = rows.select_related("school", "site__school", "site__venue").order_by("starts_on", "ends_on", "pk")
    return [
        UsefulDate(row.label, row.starts_on, row.ends_on, scope_words(row, row.activities.all()))
        for row in in_order.prefetch_related("activities")
    ]


# --- News -------------------------------------------------------------------------------------------------------------


def published_news(today: date) -> QuerySet[News]:
    """Return every piece of news that has begun, whether or not it is over."""
    return News.objects.filter(starts_on__lte=today)


def current_news(today: date) -> QuerySet[News]:
    """Return the news of a day, the pinned ones first, then the latest."""
    return published_news(today).filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today))


def past_news(today: date) -> QuerySet[News]:
    """Return the news that are over, the latest first."""
    return published_news(today).filter(ends_on__lt=today).order_by("-ends_on", "-pk")

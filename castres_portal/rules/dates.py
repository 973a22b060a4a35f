"""The dates that every family asks about: holidays, first days of class, public holidays, days of canteen."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from castres_portal.base.french import long_day, plain_day
from reservations.rules.calendar import ClosureKind, SchoolCalendar, YearSpan, days_between, month_bounds
from reservations.rules.months import next_month

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class UsefulDate:
    """Something that happens on some days, both ends included; ``note`` completes it."""

    label: str
    starts_on: date
    ends_on: date
    note: str = ""

    @property
    def words(self) -> str:
        """« jeudi 11 novembre 2027 », « du samedi 19 décembre 2026 au dimanche 3 janvier 2027 »."""
        if self.starts_on == self.ends_on:
            return long_day(self.starts_on)
        return f"du {long_day(self.starts_on)} au {long_day(self.ends_on)}"


def back_to_school(calendar: SchoolCalendar, closed_until: date) -> date | None:
    """Return the first day of class after a day without, Wednesdays aside (the town's schools have four days), or None."""
    year = calendar.year_of(closed_until)
    day = closed_until + ONE_DAY
    while year and day <= year.ends_on:
        if day.weekday() != 2 and calendar.is_school_day(day):
            return day
        day += ONE_DAY
    return None


def closed_periods(calendar: SchoolCalendar, year: YearSpan) -> list[UsefulDate]:
    """Return the holidays and bridges of a year, in order, with the day on which class begins again."""
    found = []
    for span in calendar.closed:
        if year.starts_on <= span.starts_on <= year.ends_on:
            back = back_to_school(calendar, span.ends_on)
            found.append(
                UsefulDate(span.label, span.starts_on, span.ends_on, f"reprise le {long_day(back)}" if back else "")
            )
    return found


def holidays_of(calendar: SchoolCalendar, year: YearSpan) -> list[UsefulDate]:
    """Return the public holidays that take a day of class away: on a weekday, outside school holidays."""
    days = days_between(year.starts_on, year.ends_on)
    closures = ((day, calendar.why_closed(day)) for day in days)
    return [
        UsefulDate(closure.label, day, day)
        for day, closure in closures
        if closure and closure.kind == ClosureKind.PUBLIC_HOLIDAY
    ]


def next_dates(
    calendar: SchoolCalendar, today: date, limit: int = 4, closures: Iterable[UsefulDate] = ()
) -> list[UsefulDate]:
    """Return what comes next for families, the running holidays and what agents close included."""
    found = list(closures)
    for year in calendar.years:
        if year.ends_on < today - timedelta(days=62):
            continue
        found += closed_periods(calendar, year) + holidays_of(calendar, year)
        found.append(UsefulDate(f"Rentrée {year.label}", year.starts_on, year.starts_on))
        found.append(
            UsefulDate(
                f"Ouverture des inscriptions {year.label}",
                year.enrolment_opens_on,
                year.enrolment_opens_on,
                "pour l’année scolaire qui suit",
            )
        )
        found.append(
            UsefulDate("Vacances d’été", year.ends_on + ONE_DAY, year.ends_on + ONE_DAY, "premier jour sans classe")
        )
    coming = [item for item in found if item.ends_on >= today]
    return sorted(coming, key=lambda item: (item.starts_on, item.label))[:limit]


@dataclass(frozen=True)
class MonthCount:
    """How many days a service runs in a month (its first day)."""

    month: date
    days: int


def days_by_month(calendar: SchoolCalendar, year: YearSpan, weekdays: Collection[int]) -> list[MonthCount]:
    """Count the days of class of a year that fall on some weekdays (Monday = 0), month by month."""
    found, month = [], year.starts_on.replace(day=1)
    while month <= year.ends_on:
        first, last = month_bounds(month)
        days = days_between(max(first, year.starts_on), min(last, year.ends_on))
        found.append(MonthCount(month, sum(day.weekday() in weekdays and calendar.is_school_day(day) for day in days)))
        month = next_month(month)
    return found


def enrolment_window(years: Collection[YearSpan], today: date) -> list[str]:
    """Say when children can be enrolled, year by year, past years left out."""
    said = []
    for year in sorted(years, key=lambda year: year.starts_on):
        if year.ends_on < today:
            continue
        if year.enrolment_opens_on <= today:
            said.append(f"Année {year.label} : ouvertes, jusqu’au {plain_day(year.ends_on)}.")
        else:
            said.append(f"Année {year.label} : à partir du {plain_day(year.enrolment_opens_on)}.")
    return said[:2]

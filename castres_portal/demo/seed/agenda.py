"""What the day on which the demonstration starts makes of its history and of its future. Pure: dates only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from castres_portal.base.clock import PARIS
from reservations.rules.calendar import SchoolCalendar, YearSpan, days_between, month_bounds

CANTEEN_WEEKDAYS = frozenset({0, 1, 3, 4})
DAYS_AHEAD = 20  # canteen days booked after today: about five weeks
NOTICE = 7  # days, délibération of 13 December 2022
BILLING_DAY = 8
ONE_DAY = timedelta(days=1)


def first_autumn(day: date) -> int:
    """Return the calendar year in which the school year of a day began, summer belonging to the year that ended."""
    return day.year if day.month >= 9 else day.year - 1


def month_after(month: date) -> date:
    """Return the first day of the next month."""
    return month_bounds(month)[1] + ONE_DAY


def at_hour(day: date, hour: time) -> datetime:
    """Return an instant of the Paris wall clock, aware."""
    return datetime.combine(day, hour, PARIS)


@dataclass(frozen=True)
class Agenda:
    """The days of the demonstration, seen from ``today``.

    ``billed`` are the last months with canteen whose invoices have left (on the 8th of the month after), oldest first;
    bookings begin with the first of them. ``cast_billed`` goes further back, for the accounts that people try.
    """

    today: date
    calendar: SchoolCalendar
    months_billed: int
    least_cast_months: int = 4

    @cached_property
    def present_year(self) -> YearSpan:
        """The school year that runs, or in summer the one that comes."""
        return next(year for year in self.calendar.years if year.ends_on >= self.today)

    def year_beside(self, offset: int) -> YearSpan | None:
        """Return the school year before (−1) or after (1) the present one, if it is known."""
        wanted = self.present_year.starts_on.year + offset
        return next((year for year in self.calendar.years if year.starts_on.year == wanted), None)

    @cached_property
    def canteen_days(self) -> list[date]:
        """Every day of canteen that the calendar knows."""
        first, last = self.calendar.years[0].starts_on, self.calendar.years[-1].ends_on
        return [
            day
            for day in days_between(first, last)
            if day.weekday() in CANTEEN_WEEKDAYS and self.calendar.is_school_day(day)
        ]

    @cached_property
    def cast_billed(self) -> list[date]:
        """First days of the months that the cast was billed for: of the school year before the present one at the earliest."""
        before = self.year_beside(-1) or self.present_year
        months = sorted({day.replace(day=1) for day in self.canteen_days if day >= before.starts_on})
        known = [month for month in months if billing_day(month) <= self.today]
        return known[-max(self.months_billed, self.least_cast_months) :]

    @cached_property
    def billed(self) -> list[date]:
        """First days of the months that everybody was billed for."""
        return self.cast_billed[-self.months_billed :]

    @cached_property
    def days_ahead(self) -> list[date]:
        """The canteen days after today that families have begun to book."""
        return [day for day in self.canteen_days if day > self.today][:DAYS_AHEAD]

    def days_booked(self, billed: list[date]) -> list[date]:
        """Canteen days that may carry bookings: from the first billed month to the days ahead."""
        first = billed[0]
        last = self.days_ahead[-1] if self.days_ahead else self.today
        return [day for day in self.canteen_days if first <= day <= last]

    def months_booked(self, billed: list[date]) -> dict[date, list[date]]:
        """Group these days by month (its first day)."""
        months: dict[date, list[date]] = {}
        for day in self.days_booked(billed):
            months.setdefault(day.replace(day=1), []).append(day)
        return months

    def submit_day(self, month: date, rank: int) -> date:
        """Return the day on which a family booked a month: between the 10th and the 20th of the month before, or in the
        last days for a month that is further off. ``rank`` (0 to 10) spreads the families. Always within the notice."""
        usual = (month - ONE_DAY).replace(day=10 + rank)
        return min(usual, self.today - timedelta(days=1 + rank % 6))

    def still_changeable(self, days: Iterable[date]) -> list[date]:
        """Return the days that can still be booked all day long today."""
        return [day for day in days if day - timedelta(days=NOTICE) > self.today]


def billing_day(month: date) -> date:
    """Return the day on which a month's invoices leave: the 8th of the month after (guide of Espace Citoyens)."""
    return month_after(month).replace(day=BILLING_DAY)


def billing_instant(month: date) -> datetime:
    """Return the instant of the monthly run, 06:00 in Paris."""
    return at_hour(billing_day(month), time(6))

"""Which months a calendar goes through, and which one to open first."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from reservations.rules.calendar import SchoolCalendar, YearSpan
from reservations.rules.decide import Period, Policy

HORIZON_DAYS = 400


def next_month(month: date, steps: int = 1) -> date:
    """Return the first day of the month that is ``steps`` further (or before, when negative)."""
    index = month.year * 12 + month.month - 1 + steps
    return date(index // 12, index % 12 + 1, 1)


def open_for_enrolment(calendar: SchoolCalendar, today: date) -> list[YearSpan]:
    """Return the years for which a child can be enrolled today: the running one, and the next from its opening day."""
    return [year for year in calendar.years if year.enrolment_opens_on <= today <= year.ends_on]


def month_range(years: Iterable[YearSpan]) -> tuple[date, date] | None:
    """Return the first and the last month of school years, or None when there is none."""
    spans = list(years)
    if not spans:
        return None
    return (
        min(year.starts_on for year in spans).replace(day=1),
        max(year.ends_on for year in spans).replace(day=1),
    )


def first_open_day(calendar: SchoolCalendar, policy: Policy, periods: Iterable[Period], at: datetime) -> date | None:
    """Return the first day that can still be booked at an instant, custody and places aside; None when there is none."""
    periods = list(periods)
    start = at.date()
    for offset in range(HORIZON_DAYS):
        day = start + timedelta(days=offset)
        if day.weekday() not in policy.weekdays or not any(day in period for period in periods):
            continue
        if at < policy.add.until(day) and calendar.is_school_day(day):
            return day
    return None

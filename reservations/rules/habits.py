"""Which days are usual for a child, and when a household is reminded of those that it has not booked.

A weekday is usual when it was booked on most of the last four times that the child could come on it. So a family that leaves two
reminders unanswered hears no more of them, and holidays, closures or the other household's weeks count for nothing.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta

from reservations.rules.deadlines import DeadlineRule, wall_clock

TIMES = 4  # how many of the last times are looked at
MOST = 3  # of four
FEWEST = 2  # below, nothing is usual yet; of two or three, all of them must be booked
MORNING = time(8)
WEEKS_BACK = 10  # four own weeks of a shared child, holidays between


def usual_formula(booked: Mapping[date, str], possible: Collection[date], day: date) -> str | None:
    """Return the formula under which a day's weekday is usually booked ("" where there is none), None when it is not usual.

    ``booked`` are the days booked with their formula, ``possible`` the earlier days on which the child could come.
    """
    last = sorted((d for d in possible if d < day and d.weekday() == day.weekday()), reverse=True)[:TIMES]
    taken = [d for d in last if d in booked]
    enough = MOST if len(last) == TIMES else len(last)
    return booked[taken[0]] if len(last) >= FEWEST and len(taken) >= enough else None


def reminder_opens_at(rule: DeadlineRule, day: date, days_before: int) -> datetime:
    """Return from when a household is reminded of a day: eight in the morning, so many days before the last day to book it."""
    return wall_clock(rule.last_day(day) - timedelta(days=days_before), MORNING)


def is_due(rule: DeadlineRule, day: date, *, days_before: int, at: datetime) -> bool:
    """Say whether a day can be reminded of at an instant: near its deadline, and not after it."""
    return reminder_opens_at(rule, day, days_before) <= at < rule.until(day)


def days_to_remind(rule: DeadlineRule, days: Collection[date], *, days_before: int, at: datetime) -> list[date]:
    """Return the days to speak of at an instant, in order: those that are due, and the rest of their week.

    An activity whose deadline comes every day would else write every day to who has forgotten a week.
    """
    weeks = {day.isocalendar()[:2] for day in days if is_due(rule, day, days_before=days_before, at=at)}
    return sorted(day for day in days if day.isocalendar()[:2] in weeks and at < rule.until(day))

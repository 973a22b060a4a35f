"""Say many days in few words, and only when the words are exact: « les lundis et mardis du 7 au 18 décembre 2026 »."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from castres_portal.base.french import MONTHS, WEEKDAYS, long_day

WEEK = timedelta(days=7)
MONDAY_TO_FRIDAY = (0, 1, 2, 3, 4)


@dataclass(frozen=True)
class DayRun:
    """Every day of some weekdays (Monday = 0) between two days, both of them among these days."""

    first: date
    last: date
    weekdays: tuple[int, ...]

    @property
    def days(self) -> list[date]:
        """The days that it stands for, in order."""
        span = (self.last - self.first).days + 1
        days = (self.first + timedelta(days=offset) for offset in range(span))
        return [day for day in days if day.weekday() in self.weekdays]

    def __str__(self) -> str:
        days = self.days
        if len(days) == 1:
            return long_day(self.first)
        if _monday(self.first) == _monday(self.last):
            return _within_a_week(days)
        if len(days) == 2:
            return f"les {WEEKDAYS[self.weekdays[0]]}s {_pair(self.first, self.last)}"
        if self.weekdays == MONDAY_TO_FRIDAY:
            return f"tous les jours du lundi au vendredi, {between(self.first, self.last)}"
        return f"les {_listed([f'{WEEKDAYS[day]}s' for day in self.weekdays])} {between(self.first, self.last)}"


def day_runs(days: Collection[date]) -> list[DayRun]:
    """Cut days into runs, the earliest first; together they stand for exactly these days, each once."""
    weeks: dict[date, list[date]] = {}
    for day in sorted(set(days)):
        weeks.setdefault(_monday(day), []).append(day)
    runs: list[DayRun] = []
    pending: list[list[date]] = []
    for monday, week in weeks.items():
        if pending and (monday != _monday(pending[-1][0]) + WEEK or not _exact([*pending, week])):
            runs.extend(_runs_of(pending))
            pending = []
        pending.append(week)
    runs.extend(_runs_of(pending))
    return runs


def say_days(days: Collection[date]) -> str:
    """Say some days in one clause: runs, joined by « ; »."""
    return "\u00a0; ".join(str(run) for run in day_runs(days))


def _runs_of(weeks: list[list[date]]) -> Iterator[DayRun]:
    if not weeks:
        return
    if len(weeks) > 1 or len(weeks[0]) > 1:
        weekdays = tuple(sorted({day.weekday() for week in weeks for day in week}))
        yield DayRun(weeks[0][0], weeks[-1][-1], weekdays)
    else:
        yield DayRun(weeks[0][0], weeks[0][0], (weeks[0][0].weekday(),))


def _exact(weeks: list[list[date]]) -> bool:
    """Whether the weekdays of consecutive weeks, between their first and last day, stand for these days and no other."""
    days = [day for week in weeks for day in week]
    run = DayRun(days[0], days[-1], tuple(sorted({day.weekday() for day in days})))
    return run.days == days


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _number(day: date) -> str:
    return "1er" if day.day == 1 else str(day.day)


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} et {words[-1]}"


def _within_a_week(days: list[date]) -> str:
    first, last = days[0], days[-1]
    if len(days) > 2 and len(days) == (last - first).days + 1:
        return f"du {WEEKDAYS[first.weekday()]} {_short_of(first, last)} au {long_day(last)}"
    words = [f"{WEEKDAYS[day.weekday()]} {_short_of(day, last)}" for day in days[:-1]]
    return _listed([*words, long_day(last)])


def _pair(first: date, last: date) -> str:
    return f"{_short_of(first, last)} et {_tail(last)}"


def between(first: date, last: date) -> str:
    """Write a period, both ends included: « du 7 au 18 décembre 2026 », « du 30 novembre au 4 décembre 2026 »."""
    return f"du {_short_of(first, last)} au {_tail(last)}"


def _short_of(day: date, last: date) -> str:
    """Write a day with no more than what ``last``, written after it, does not say already."""
    if day.year != last.year:
        return _tail(day)
    return _number(day) if day.month == last.month else f"{_number(day)} {MONTHS[day.month - 1]}"


def _tail(day: date) -> str:
    return long_day(day).partition(" ")[2]

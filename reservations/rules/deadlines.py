"""Until when a day can change.

Source: délibération of the conseil municipal of 13 December 2022, reservation seven days ahead. Castres has not published
an hour, so an activity may have one or none. Days are counted on the calendar, instants are compared: an hour is that of
the Paris wall clock on the last day, whatever the clocks did in between.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache

from castres_portal.base.clock import PARIS, midnight
from castres_portal.base.french import WEEKDAYS, clock_time, long_day
from reservations.rules.calendar import SATURDAY, public_holidays

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)


class DeadlineKind(StrEnum):
    """How an activity says until when."""

    DAYS = "jours"
    PREVIOUS = "precedent"
    WEEK_BEFORE = "semaine"


@dataclass(frozen=True)
class DeadlineRule:
    """A deadline as the trade writes it: « J-7 », « J-2 ouvrés à 12 h », « le mardi précédent à 23 h 59 », « le mardi de la
    semaine précédente ».

    ``days`` counts calendar days before the day, or with ``working`` those that are neither a week-end nor a public holiday;
    ``weekday`` (Monday = 0) is that of the other two kinds. Without an hour the whole of the last day is good.
    """

    kind: DeadlineKind = DeadlineKind.DAYS
    days: int = 7
    hour: time | None = None
    working: bool = False
    weekday: int = 0

    def last_day(self, day: date) -> date:
        """Return the calendar day on which ``day`` can change for the last time."""
        if self.kind == DeadlineKind.PREVIOUS:
            return day - timedelta(days=(day.weekday() - self.weekday - 1) % 7 + 1)
        if self.kind == DeadlineKind.WEEK_BEFORE:
            return day - timedelta(days=day.weekday()) - WEEK + timedelta(days=self.weekday)
        return _working_days_before(day, self.days) if self.working else day - timedelta(days=self.days)

    def until(self, day: date) -> datetime:
        """Return the first instant, aware, at which ``day`` can no longer change.

        A meal of 8 December seven days ahead, without an hour, can change until 1 December 23:59:59: the answer is
        2 December 00:00. With an hour, that wall-clock time on the last day.
        """
        return _until(self, day)

    def last_moment(self, day: date) -> str:
        """Say it as a family reads it: « jusqu’au mardi 1er décembre 2026 »."""
        return last_moment(self.until(day), self.hour)

    @property
    def longest_notice(self) -> int:
        """How many calendar days the last day is at most before the day itself."""
        if self.kind != DeadlineKind.DAYS:
            return 7 if self.kind == DeadlineKind.PREVIOUS else 13
        return 2 * self.days + 4 if self.working else self.days

    @property
    def label(self) -> str:
        """What follows « délai »: « de 7 jours », « du jour même », « du mardi précédent »."""
        if self.kind == DeadlineKind.PREVIOUS:
            return f"du {WEEKDAYS[self.weekday]} précédent"
        if self.kind == DeadlineKind.WEEK_BEFORE:
            return f"du {WEEKDAYS[self.weekday]} de la semaine précédente"
        if self.days == 0:
            return "du jour même"
        plural = "s" if self.days > 1 else ""
        return f"de {self.days} jour{plural}{f' ouvré{plural}' if self.working else ''}"

    @property
    def ahead(self) -> str:
        """What follows « jusqu’»: « à 7 jours avant », « à la veille à 9 h », « au mardi précédent »."""
        if self.kind != DeadlineKind.DAYS:
            when = f"au {self.label.removeprefix('du ')}"
        elif self.days > 1:
            when = f"à {self.label.removeprefix('de ')} avant"
        elif self.days == 0:
            when = "au jour même"
        else:
            when = "au jour ouvré précédent" if self.working else "à la veille"
        return f"{when} à {clock_time(self.hour)}" if self.hour else when


def _working_days_before(day: date, number: int) -> date:
    while number:
        day -= DAY
        number -= is_working(day)
    return day


def is_working(day: date) -> bool:
    """Whether a day counts as « ouvré »: Monday to Friday, public holidays out."""
    return day.weekday() < SATURDAY and day not in public_holidays(day.year)


@lru_cache(maxsize=8192)
def _until(rule: DeadlineRule, day: date) -> datetime:
    last = rule.last_day(day)
    return midnight(last + DAY) if rule.hour is None else wall_clock(last, rule.hour)


def deadline(day: date, days: int, hour: time | None) -> datetime:
    """Return the first instant, aware, after the deadline of so many calendar days before ``day``."""
    return DeadlineRule(days=days, hour=hour).until(day)


def wall_clock(day: date, hour: time) -> datetime:
    """Return the instant at which the clocks of Paris show an hour: the first of two when it is repeated in autumn, the
    next valid instant when it is skipped in spring."""
    shown = datetime.combine(day, hour, PARIS)
    if _exists(shown):
        return shown
    shown = shown.replace(second=0, microsecond=0)
    while not _exists(shown):
        shown += MINUTE
    return shown


def _exists(shown: datetime) -> bool:
    return datetime.fromtimestamp(shown.timestamp(), PARIS).replace(fold=0) == shown


def last_moment(until: datetime, hour: time | None) -> str:
    """Say a deadline as a family reads it: « jusqu’au mardi 1er décembre 2026 », « jusqu’au lundi 7 décembre 2026 à 9 h »."""
    if hour is None:
        return f"jusqu’au {long_day(until.date() - timedelta(days=1))}"
    return f"jusqu’au {long_day(until.date())} à {clock_time(until)}"

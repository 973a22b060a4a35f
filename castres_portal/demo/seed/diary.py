"""Which days each child eats at the canteen, and when her household said so. No database: what was drawn, and the calendar."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from castres_portal.demo.seed.agenda import Agenda, at_hour
from castres_portal.demo.seed.households import LEVELS, Group, Home, Kid, Stay
from families.models import Custody
from families.rules.custody import is_at_home
from reservations.rules.calendar import YearSpan

Month = date


@dataclass(frozen=True, eq=False)
class Joining:
    """A child that a household enrols for a school year; ``uai`` is the school of that year."""

    kid: Kid
    home: Home
    stay: Stay
    year: YearSpan
    uai: str
    at: datetime


@dataclass(frozen=True)
class BookedMonth:
    """Days that a household booked for a child in a month, and those that it cancelled afterwards."""

    month: Month
    booked_at: datetime
    days: Sequence[date]
    cancelled: frozenset[date]


class Diary:
    """The bookings of every household."""

    def __init__(self, agenda: Agenda, canteens: frozenset[str]) -> None:
        self.agenda = agenda
        self.canteens = canteens
        self._at_home: dict[tuple[str, date | None], frozenset[date]] = {}
        self._rank = {day: rank for rank, day in enumerate(agenda.canteen_days)}

    @cached_property
    def _years(self) -> list[tuple[int, YearSpan]]:
        return [(offset, year) for offset in (-1, 0, 1) if (year := self.agenda.year_beside(offset))]

    @cached_property
    def _months(self) -> dict[bool, dict[Month, list[date]]]:
        agenda = self.agenda
        return {True: agenda.months_booked(agenda.cast_billed), False: agenda.months_booked(agenda.billed)}

    def months_of(self, home: Home) -> dict[Month, list[date]]:
        """Return the canteen days that a household may have booked, by month: the cast's history is longer."""
        return self._months[bool(home.key)]

    def joinings(self, groups: Sequence[Group]) -> Iterator[Joining]:
        """Yield the enrolments made before today for the years that carry bookings, and for the next one."""
        for group in groups:
            for kid in group.kids:
                if kid.weekdays:
                    yield from self._joinings_of(kid)

    def _joinings_of(self, kid: Kid) -> Iterator[Joining]:
        first_month = next(iter(self.months_of(kid.stays[0].home)))
        for offset, year in self._years:
            level = kid.level + offset
            if not 0 <= level < len(LEVELS) or year.ends_on < first_month:
                continue
            uai = kid.sector.school(level)
            joined_on = max(year.enrolment_opens_on, date(year.starts_on.year, *kid.joins_on))
            if uai not in self.canteens or joined_on >= self.agenda.today:
                continue
            for stay in kid.stays:
                at = at_hour(joined_on, time(9 + stay.home.habit, kid.level * 7))
                yield Joining(kid, stay.home, stay, year, uai, at)

    def booked_months(self, joining: Joining) -> Iterator[BookedMonth]:
        """Yield what a household booked for an enrolled child, month by month."""
        kid, home = joining.kid, joining.home
        at_home = self._days_at_home(joining.stay)
        for month, days in self.months_of(home).items():
            booked, cancelled = [], set()
            for day in days:
                if not joining.year.starts_on <= day <= joining.year.ends_on:
                    continue
                if day.weekday() not in kid.weekdays or day not in at_home:
                    continue
                rank = self._rank[day]
                if rank in kid.misses and rank % 2:
                    continue
                booked.append(day)
                if rank in kid.misses:
                    cancelled.add(day)
            if booked:
                yield BookedMonth(month, self.booked_at(joining, month), booked, frozenset(cancelled))

    def booked_at(self, joining: Joining, month: Month) -> datetime:
        """Return when a household booked a month: never before it enrolled, never after today."""
        habit = joining.home.habit
        usual = at_hour(self.agenda.submit_day(month, habit), time(9 + habit, habit * 5))
        return max(usual, joining.at + timedelta(minutes=10))

    def _days_at_home(self, stay: Stay) -> frozenset[date]:
        key = (stay.rhythm, stay.first_monday)
        if key not in self._at_home:
            custody = Custody(rhythm=stay.rhythm, first_monday=stay.first_monday, starts_on=date.min)
            self._at_home[key] = frozenset(day for day in self.agenda.canteen_days if is_at_home(custody, day))
        return self._at_home[key]

"""Whom an agent's closure (strike, outing, closed canteen) touches, and on which days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from reservations.rules.calendar import ClosedDay, ClosureKind


@dataclass(frozen=True)
class Pupil:
    """What a closure reads of a child: her school (id), her level and her class."""

    school: int | None
    level: str = ""
    class_name: str = ""


@dataclass(frozen=True)
class Stop:
    """A closure as it was written: its days, both ends included, and each thing that narrows it (None or empty: does not).

    ``activities`` are ids, empty for every service; ``site`` is the ActivitySite of a centre.
    """

    label: str
    starts_on: date
    ends_on: date
    activities: frozenset[int] = frozenset()
    school: int | None = None
    level: str = ""
    class_name: str = ""
    site: int | None = None

    def touches(self, day: date, activity: int, site: int | None, pupil: Pupil) -> bool:
        """Whether it stops an activity on a day for a child who would be at a site (ids)."""
        return (
            self.starts_on <= day <= self.ends_on
            and (not self.activities or activity in self.activities)
            and self.school in (None, pupil.school)
            and self.level in ("", pupil.level)
            and self.class_name in ("", pupil.class_name)
            and self.site in (None, site)
        )


def stopped(stops: Iterable[Stop], day: date, activity: int, site: int | None, pupil: Pupil) -> ClosedDay | None:
    """Return why agents closed a day for a child, None when they did not."""
    found = next((stop for stop in stops if stop.touches(day, activity, site, pupil)), None)
    return ClosedDay(ClosureKind.STOPPED, found.label) if found else None


LONGEST = 60  # days of one closure

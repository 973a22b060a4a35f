"""Holiday periods of an accueil de loisirs: which days they hold, and whether families may ask for them now."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from castres_portal.base.french import clock_time, long_day
from reservations.rules.calendar import SATURDAY, ClosedDay, ClosureKind, days_between, public_holidays

NOT_BY_HAND = "les semaines de cette période se demandent par vœux"
BEING_ALLOCATED = "les vœux sont clos et les places vont être attribuées"
NOTHING_AFTER = "les places de cette période sont attribuées\u00a0; pour ce qui reste, adressez-vous à l’Espace Famille"


class WindowState(StrEnum):
    """The three states of a period."""

    NOT_YET = "a_venir"
    OPEN = "ouverte"
    CLOSED = "close"


@dataclass(frozen=True)
class HolidaySpan:
    """A period: its days, both ends included, and the instants (aware) between which families act.

    ``wishes``: weeks are not booked but wished for between ``opens_at`` and ``closes_at``, then allocated (``allocated_at``);
    what is left is booked by who comes first between ``second_opens_at`` and ``second_closes_at``, when agents open that.
    ``by_week``: whole weeks only.
    """

    label: str
    starts_on: date
    ends_on: date
    opens_at: datetime
    closes_at: datetime
    wishes: bool = False
    allocated_at: datetime | None = None
    pk: int = 0
    by_week: bool = False
    second_opens_at: datetime | None = None
    second_closes_at: datetime | None = None

    @property
    def is_allocated(self) -> bool:
        """Whether the wishes of the period have been answered."""
        return self.wishes and self.allocated_at is not None

    @property
    def window(self) -> tuple[datetime, datetime] | None:
        """The instants between which families act now or next: the second ones once wishes are answered, if there are any."""
        if not self.is_allocated:
            return self.opens_at, self.closes_at
        if self.second_opens_at and self.second_closes_at:
            return self.second_opens_at, self.second_closes_at
        return None

    @property
    def rush(self) -> tuple[datetime, datetime] | None:
        """The window in which places go to who comes first, known in advance; None for wishes without a second window."""
        if not self.wishes:
            return self.opens_at, self.closes_at
        if self.second_opens_at and self.second_closes_at:
            return self.second_opens_at, self.second_closes_at
        return None

    @property
    def closing(self) -> datetime:
        """The instant at which the present window closes."""
        return self.window[1] if self.window else self.closes_at

    def state(self, at: datetime) -> WindowState:
        """Say whether families may act at an instant; the closing instant is excluded."""
        if self.window is None:
            return WindowState.CLOSED
        opens_at, closes_at = self.window
        if at < opens_at:
            return WindowState.NOT_YET
        return WindowState.OPEN if at < closes_at else WindowState.CLOSED

    def takes_wishes(self, at: datetime) -> bool:
        """Say whether families may wish at an instant."""
        return self.wishes and not self.is_allocated and self.state(at) == WindowState.OPEN

    def takes_bookings(self, at: datetime) -> bool:
        """Say whether places go to who comes first at an instant."""
        return not self.why_no_addition(at)

    def why_no_addition(self, at: datetime) -> str:
        """Say why a day cannot be booked by hand at an instant, or nothing."""
        if self.window is None:
            return NOTHING_AFTER
        (opens_at, closes_at), state = self.window, self.state(at)
        if state == WindowState.NOT_YET:
            return f"les demandes ouvrent le {long_day(opens_at)} à {clock_time(opens_at)}"
        if state == WindowState.CLOSED:
            if self.wishes and not self.is_allocated:
                return BEING_ALLOCATED
            return f"les demandes sont closes depuis le {long_day(closes_at)} à {clock_time(closes_at)}"
        return NOT_BY_HAND if self.wishes and not self.is_allocated else ""


@dataclass(frozen=True)
class Week:
    """The days of one week that a period holds and on which an activity runs, in order; ``monday`` names it."""

    monday: date
    days: tuple[date, ...]

    @property
    def first(self) -> date:
        """The first of its days."""
        return self.days[0]

    @property
    def last(self) -> date:
        """The last of its days."""
        return self.days[-1]

    @property
    def label(self) -> str:
        """« du 21 au 24 décembre », « le 4 janvier »."""
        first, last = long_day(self.first).split(), long_day(self.last).split()
        if self.first == self.last:
            return f"le {first[1]} {first[2]}"
        if self.first.month == self.last.month:
            return f"du {first[1]} au {last[1]} {last[2]}"
        return f"du {first[1]} {first[2]} au {last[1]} {last[2]}"


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def weeks_of(span: HolidaySpan, weekdays: Collection[int]) -> list[Week]:
    """Return the weeks of a period with the days on which an activity runs (weekdays, Monday = 0; no public holiday); a week
    without any is left out."""
    found: dict[date, list[date]] = {}
    for day in days_between(span.starts_on, span.ends_on):
        if day.weekday() in weekdays and why_no_holiday([span], day) is None:
            found.setdefault(monday_of(day), []).append(day)
    return [Week(monday, tuple(days)) for monday, days in found.items()]


def missing_days(week: Collection[date], after: Collection[date]) -> list[date]:
    """Return the days that a partial week lacks, in order; nothing for a week that is whole, or that is not taken at all.

    ``week``: the days that make it whole; ``after``: those that would stand booked.
    """
    return sorted(set(week) - set(after)) if after else []


def in_weeks(days: Iterable[date]) -> Mapping[date, list[date]]:
    """Group days by the Monday of their week, in order."""
    found: dict[date, list[date]] = {}
    for day in sorted(days):
        found.setdefault(monday_of(day), []).append(day)
    return found


def holiday_on(spans: Iterable[HolidaySpan], day: date) -> HolidaySpan | None:
    """Return the period that holds a day."""
    return next((span for span in spans if span.starts_on <= day <= span.ends_on), None)


def why_no_holiday(spans: Iterable[HolidaySpan], day: date) -> ClosedDay | None:
    """Say why a centre that opens in the holidays does not run on a day, or None when it does."""
    if day.weekday() >= SATURDAY:
        return ClosedDay(ClosureKind.WEEKEND, "Week-end")
    if name := public_holidays(day.year).get(day):
        return ClosedDay(ClosureKind.PUBLIC_HOLIDAY, name)
    if holiday_on(spans, day) is None:
        return ClosedDay(ClosureKind.NO_PERIOD, "Hors vacances")
    return None

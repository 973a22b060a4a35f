"""Holiday periods of an accueil de loisirs: which days they hold, and whether families may ask for them now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from castres_portal.base.french import clock_time, long_day
from reservations.rules.calendar import SATURDAY, ClosedDay, ClosureKind, public_holidays


class WindowState(StrEnum):
    """The three states of a period."""

    NOT_YET = "a_venir"
    OPEN = "ouverte"
    CLOSED = "close"


@dataclass(frozen=True)
class HolidaySpan:
    """A period: its days, both ends included, and the instants (aware) between which families act.

    ``wishes``: days are not booked but wished for, then allocated. ``allocated_at`` is the instant of the allocation.
    """

    label: str
    starts_on: date
    ends_on: date
    opens_at: datetime
    closes_at: datetime
    wishes: bool = False
    allocated_at: datetime | None = None
    pk: int = 0

    def state(self, at: datetime) -> WindowState:
        """Say whether families may act at an instant; ``closes_at`` is excluded."""
        if at < self.opens_at:
            return WindowState.NOT_YET
        return WindowState.OPEN if at < self.closes_at else WindowState.CLOSED

    def why_no_addition(self, at: datetime) -> str:
        """Say why a day cannot be booked by hand at an instant, or nothing."""
        state = self.state(at)
        if state == WindowState.NOT_YET:
            return f"les demandes ouvrent le {long_day(self.opens_at.date())} à {clock_time(self.opens_at)}"
        if state == WindowState.CLOSED:
            return (
                f"les demandes sont closes depuis le {long_day(self.closes_at.date())} à {clock_time(self.closes_at)}"
            )
        if self.wishes and self.allocated_at is None:
            return "les semaines de cette période se demandent par vœux"
        return ""


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

"""What a calendar page is about: which days, which children, which activities, and the ways to its neighbours."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from castres_portal.base.french import long_day, month_name, of_month
from reservations.models import Enrolment
from reservations.rules.calendar import YearSpan, month_bounds
from reservations.rules.day_runs import between
from reservations.rules.months import month_range, next_month

WORKING_DAYS = 5
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Span:
    """A month or a week: its first and last day, both included."""

    first: date
    last: date
    is_week: bool = False

    @classmethod
    def of_month(cls, day: date) -> "Span":
        """The month of a day."""
        return cls(*month_bounds(day))

    @classmethod
    def of_week(cls, day: date) -> "Span":
        """The week of a day, Monday to Friday."""
        monday = day - timedelta(days=day.weekday())
        return cls(monday, monday + timedelta(days=WORKING_DAYS - 1), is_week=True)

    @property
    def days(self) -> list[date]:
        """Its days from Monday to Friday."""
        days = (self.first + timedelta(days=offset) for offset in range((self.last - self.first).days + 1))
        return [day for day in days if day.weekday() < WORKING_DAYS]

    @property
    def title(self) -> str:
        """« décembre 2026 », « semaine 50, du 7 au 11 décembre 2026 »."""
        if not self.is_week:
            return month_name(self.first)
        return f"semaine {self.first.isocalendar().week}, {week_dates(self.first, self.last)}"

    @property
    def short(self) -> str:
        """« décembre 2026 », « semaine 50 »."""
        return f"semaine {self.first.isocalendar().week}" if self.is_week else self.title

    @property
    def of(self) -> str:
        """« de décembre 2026 », « de la semaine 50 »."""
        return f"de la {self.short}" if self.is_week else of_month(self.first)

    @property
    def this(self) -> str:
        """What follows a count: « ce mois-ci », « cette semaine »."""
        return "cette semaine-là" if self.is_week else "ce mois-là"

    def moved(self, steps: int) -> "Span":
        """The span so many months or weeks further, or before."""
        return Span.of_week(self.first + steps * WEEK) if self.is_week else Span.of_month(next_month(self.first, steps))


def week_dates(first: date, last: date) -> str:
    """« du 7 au 11 décembre 2026 », « mardi 1er décembre 2026 » of a week cut by its month."""
    return long_day(first) if first == last else between(first, last)


@dataclass(frozen=True)
class Narrowed:
    """One child (id) or all, one activity (slug) or all."""

    child: int | None = None
    activity: str | None = None

    @property
    def is_one(self) -> bool:
        """Whether it is one child in one activity."""
        return self.child is not None and self.activity is not None

    def admits(self, child: int, activity: str) -> bool:
        """Whether it holds a child's days in an activity."""
        return self.child in (None, child) and self.activity in (None, activity)

    def address(self, span: Span) -> str:
        """The address of this view of a month or a week."""
        query = {"enfant": self.child, "activite": self.activity}
        said = urlencode({name: value for name, value in query.items() if value is not None})
        if span.is_week:
            path = reverse("reservations:week", args=[span.first])
        elif self.is_one:
            return reverse("reservations:calendar", args=[self.child, self.activity, span.first])
        else:
            path = reverse("reservations:month", args=[span.first])
        return f"{path}?{said}" if said else path


@dataclass(frozen=True)
class Tab:
    """A way to another child or activity, the same days; ``child`` and ``activity`` as in Narrowed."""

    label: str
    url: str
    current: bool


def tabs_of_children(household: Iterable[Enrolment], narrowed: Narrowed, span: Span) -> list[Tab]:
    """Return « Tous » and each child of an activity, or of all; none when there is but one."""
    rows = [row for row in household if narrowed.activity in (None, row.activity.slug)]
    names = {row.child_id: row.child.first_name for row in rows}
    return _tabs("Tous", names, narrowed.child, lambda child: Narrowed(child, narrowed.activity), span)


def tabs_of_activities(household: Iterable[Enrolment], narrowed: Narrowed, span: Span) -> list[Tab]:
    """Return « Tout » and each activity of a child, or of all; none when there is but one."""
    rows = [row for row in household if narrowed.child in (None, row.child_id)]
    ordered = sorted(rows, key=lambda row: (row.activity.position, row.activity.name))
    names = {row.activity.slug: row.activity.name for row in ordered}
    return _tabs("Tout", names, narrowed.activity, lambda slug: Narrowed(narrowed.child, slug), span)


def _tabs(
    everything: str,
    names: Mapping[Any, str],
    chosen: object,
    narrowed_to: Callable[[Any], Narrowed],
    span: Span,
) -> list[Tab]:
    if len(names) < 2:
        return []
    tabs = [Tab(everything, narrowed_to(None).address(span), chosen is None)]
    return [*tabs, *(Tab(name, narrowed_to(key).address(span), key == chosen) for key, name in names.items())]


def bounds_of(years: Iterable[YearSpan]) -> tuple[date, date] | None:
    """Return the first day of the first month of some school years and the last day of the last, None without any."""
    months = month_range(years)
    return (months[0], month_bounds(months[1])[1]) if months else None


def neighbour(span: Span, steps: int, bounds: tuple[date, date] | None) -> Span | None:
    """Return the span before or after, None beyond the school years."""
    other = span.moved(steps)
    return other if bounds and other.last >= bounds[0] and other.first <= bounds[1] else None

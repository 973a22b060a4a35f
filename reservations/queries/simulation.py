"""« Simulation des tarifs »: the services and years that can be priced, and what a household's own file says."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from families.models import Custody, Family
from families.queries.households import children_of
from reservations.models import Activity
from reservations.pricing import PriceList, QuotientBook
from reservations.queries.habits import usual_weeks
from reservations.queries.planning import school_calendar
from reservations.rules.calendar import SchoolCalendar, YearSpan
from reservations.rules.simulation import Simulation, Weeks, Wish, simulate


@dataclass(frozen=True)
class Market:
    """What can be simulated: the open services, and the school years that are not over."""

    activities: list[Activity]
    calendar: SchoolCalendar
    today: date

    @cached_property
    def years(self) -> list[YearSpan]:
        """The years that run or come, two at most."""
        return [year for year in self.calendar.years if year.ends_on >= self.today][:2]

    def price(self, wishes: Iterable[Wish], *, year: YearSpan, quotient: int | None) -> Simulation:
        """Price wishes over a year for a quotient (None: not known) by the tariffs that price invoices; two queries."""
        prices = PriceList.load([activity.pk for activity in self.activities], year.starts_on, year.ends_on)

        def price(activity: int, day: date) -> object:
            return prices.price(activity, day, quotient)

        return simulate(wishes, calendar=self.calendar, year=year, price=price)  # type: ignore[arg-type]


def market(*, today: date) -> Market:
    """Return what can be simulated on a day; two queries."""
    return Market(list(Activity.objects.filter(is_open=True)), school_calendar(), today)


@dataclass(frozen=True)
class OwnChild:
    """A child of the household: her usual weekdays by activity (id), and the weeks that she spends here."""

    name: str
    weekdays: dict[int, set[int]] = field(default_factory=dict)
    weeks: Weeks = Weeks.ALL


@dataclass(frozen=True)
class OwnFile:
    """What the simulation starts from when a family has signed in."""

    quotient: int | None
    children: list[OwnChild]


def own_file(family: Family, *, today: date) -> OwnFile:
    """Return a household's quotient in force and its children with their usual days; four queries."""
    usual = _usual_weekdays(family, today)
    weeks = _weeks(family, today)
    children = [
        OwnChild(child.first_name, usual.get(child.pk, {}), weeks.get(child.pk, Weeks.ALL))
        for child in children_of(family, on=today)
    ]
    return OwnFile(QuotientBook.load([family.pk], today, today).on(family.pk, today), children)


def _usual_weekdays(family: Family, today: date) -> dict[int, dict[int, set[int]]]:
    usual: dict[int, dict[int, set[int]]] = defaultdict(dict)
    for (child, activity), week in usual_weeks(family, today=today).items():
        usual[child][activity] = set(week.weekdays)
    return usual


def _weeks(family: Family, today: date) -> dict[int, Weeks]:
    """Return the weeks that shared children spend here; one week in two from a Monday is told by that Monday's parity."""
    found = {}
    for stay in Custody.objects.filter(family=family, starts_on__lte=today).order_by("starts_on"):
        odd = stay.rhythm == Custody.Rhythm.ODD
        if stay.rhythm == Custody.Rhythm.ALTERNATE and stay.first_monday:
            odd = stay.first_monday.isocalendar().week % 2 == 1
        shared = stay.rhythm != Custody.Rhythm.FULL
        found[stay.child_id] = (Weeks.ODD if odd else Weeks.EVEN) if shared else Weeks.ALL
    return found

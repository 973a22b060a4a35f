"""« Simulation des tarifs »: the services and years that can be priced, and what a household's own file says."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from django.db.models import Count
from django.db.models.functions import ExtractIsoWeekDay

from families.models import Custody, Family
from families.queries.households import children_of
from reservations.models import Activity, Booking
from reservations.pricing import PricedDay, PriceList, QuotientBook
from reservations.pricing.baskets import BasketBook
from reservations.pricing.residences import ResidenceBook
from reservations.queries.planning import holiday_spans, school_calendar
from reservations.rules.calendar import SchoolCalendar, YearSpan
from reservations.rules.simulation import Simulation, Weeks, Wish, rank_of, simulate
from reservations.rules.tariffs import Situation, When

USUAL = timedelta(days=60)  # before and after today
SHARE = 3  # a weekday is usual when it is booked at least a third as often as the most booked one


@dataclass(frozen=True)
class Market:
    """What can be simulated: the open services, and the school years that are not over."""

    activities: list[Activity]
    calendar: SchoolCalendar
    today: date
    formulas: Mapping[int, Sequence[str]] = field(default_factory=dict)

    @cached_property
    def years(self) -> list[YearSpan]:
        """The years that run or come, two at most."""
        return [year for year in self.calendar.years if year.ends_on >= self.today][:2]

    @cached_property
    def prices(self) -> PriceList:
        """The tariffs of the services over these years, those that price invoices; two queries."""
        first, last = self.years[0].starts_on, self.last_day(self.years[-1])
        return PriceList.load([activity.pk for activity in self.activities], first, last)

    @property
    def cases(self) -> Collection[str]:
        """What the tariffs look at besides the quotient, and the form then asks."""
        return self.prices.cases if self.years else ()

    def price(
        self, wishes: Iterable[Wish], *, year: YearSpan, quotient: int | None, resident: bool = True
    ) -> Simulation:
        """Price wishes over a year for a quotient (None: not known) by the tariffs that price invoices; three queries at most.

        A centre of the holidays is priced on the days of its periods, those of the summer after the year included.
        """
        last, prices, wishes = self.last_day(year), self.prices, list(wishes)
        seasonal = [activity.pk for activity in self.activities if activity.in_holidays]
        spans = holiday_spans(seasonal, year.starts_on, last) if seasonal else {}

        def price(wish: Wish, day: date) -> PricedDay:
            ranks_by = prices.ranks_by(wish.activity, day)
            rank = rank_of(wish, wishes, ranks_by) if ranks_by else 1
            situation = Situation(resident, rank, wish.basket)
            return prices.price(wish.activity, day, quotient, formula=wish.formula, situation=situation)

        periods = {pk: spans.get(pk, []) for pk in seasonal}
        return simulate(wishes, calendar=self.calendar, year=year, price=price, periods=periods)

    def last_day(self, year: YearSpan) -> date:
        """Return the day before the next school year, or the end of the summer."""
        following = [other.starts_on for other in self.calendar.years if other.starts_on > year.ends_on]
        return min(following, default=date(year.ends_on.year, 9, 1)) - timedelta(days=1)


def market(*, today: date) -> Market:
    """Return what can be simulated on a day; three queries."""
    activities = list(Activity.objects.filter(is_open=True).prefetch_related("formulas"))
    formulas = {activity.pk: [row.formula for row in activity.formulas.all()] for activity in activities}
    return Market(activities, school_calendar(), today, formulas)


@dataclass(frozen=True)
class OwnChild:
    """A child of the household: her usual weekdays and formula by activity (id), the weeks that she spends here, whether she
    brings her meal."""

    name: str
    weekdays: dict[int, set[int]] = field(default_factory=dict)
    weeks: Weeks = Weeks.ALL
    formulas: dict[int, str] = field(default_factory=dict)
    basket: bool = False


@dataclass(frozen=True)
class OwnFile:
    """What the simulation starts from when a family has signed in; its children come from the eldest."""

    quotient: int | None
    children: list[OwnChild]
    resident: bool = True


def own_file(family: Family, *, today: date, cases: Collection[str] = ()) -> OwnFile:
    """Return a household's quotient in force and its children with their usual days; four queries, and one for residence and one
    for baskets when they are among the ``cases`` that the tariffs look at."""
    usual, formulas = _usual(family, today)
    weeks = _weeks(family, today)
    rows = list(children_of(family, on=today))
    baskets = BasketBook.load([row.pk for row in rows], today, today) if When.BASKET in cases else None
    children = [
        OwnChild(
            child.first_name,
            usual.get(child.pk, {}),
            weeks.get(child.pk, Weeks.ALL),
            formulas.get(child.pk, {}),
            baskets is not None and baskets.has(child.pk, today),
        )
        for child in rows
    ]
    residences = ResidenceBook.load([family.pk], today, today) if When.OUTSIDE in cases else None
    return OwnFile(
        QuotientBook.load([family.pk], today, today).on(family.pk, today),
        children,
        residences is None or residences.on(family.pk, today),
    )


def _usual(family: Family, today: date) -> tuple[dict[int, dict[int, set[int]]], dict[int, dict[int, str]]]:
    around = Booking.objects.filter(
        family=family, status=Booking.Status.ACTIVE, day__range=(today - USUAL, today + USUAL)
    )
    rows = (
        around.order_by()
        .annotate(weekday=ExtractIsoWeekDay("day"))
        .values("child_id", "activity_id", "weekday", "formula")
        .annotate(number=Count("pk"))
    )
    counts: dict[tuple[int, int], Counter[int]] = defaultdict(Counter)
    tastes: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    for row in rows:
        counts[row["child_id"], row["activity_id"]][row["weekday"] - 1] += row["number"]
        tastes[row["child_id"], row["activity_id"]][row["formula"]] += row["number"]
    formulas: dict[int, dict[int, str]] = defaultdict(dict)
    for (child, activity), taste in tastes.items():
        formulas[child][activity] = taste.most_common(1)[0][0]
    usual: dict[int, dict[int, set[int]]] = defaultdict(dict)
    for (child, activity), weekdays in counts.items():
        most = max(weekdays.values())
        usual[child][activity] = {day for day, number in weekdays.items() if number * SHARE >= most}
    return usual, formulas


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

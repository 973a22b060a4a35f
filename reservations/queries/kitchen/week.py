"""A week as the cook plans it: meals by place and day, diets for the whole town, and how the weeks around it compare."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from castres_portal.base.french import WEEKDAYS, long_day
from castres_portal.base.plots import Plot, Point, bar_plot
from reservations.models import ActivitySite, KitchenExtra
from reservations.queries.kitchen.counting import meals_between, totals_between
from reservations.queries.kitchen.orders import adults_between, extras_between, frozen_between, place_order
from reservations.queries.menus import menus_between
from reservations.rules.calendar import days_between
from reservations.rules.kitchen import BASKET, AgeGroup, Cell, Meals, diet_label, diet_order
from reservations.rules.menus import MenuOfDay, monday_of

WEEKS_BEFORE, WEEKS_AFTER = 2, 2
FRIDAY = 4
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class DayHead:
    """A day of the week: whether its order is frozen."""

    day: date
    frozen: bool
    today: bool
    menu: MenuOfDay | None


@dataclass(frozen=True)
class Line:
    """Something counted day by day: a place, a diet, adults."""

    label: str
    numbers: Sequence[int]
    more: str = ""

    @property
    def total(self) -> int:
        """The whole week."""
        return sum(self.numbers)


@dataclass(frozen=True)
class KitchenWeek:
    """Everything of a week; figures as things stand, baskets left out of what is cooked."""

    monday: date
    days: Sequence[DayHead]
    places: Sequence[Line]
    diets: Sequence[Line]
    baskets: Line
    adults: Line
    picnics: Line
    plot: Plot

    @property
    def before(self) -> date:
        """The Monday before."""
        return self.monday - WEEK

    @property
    def after(self) -> date:
        """The Monday after."""
        return self.monday + WEEK

    @property
    def children(self) -> Line:
        """Children's meals to cook."""
        return Line("Repas d’enfants à cuisiner", [sum(line.numbers[n] for line in self.places) for n in _range(self)])

    @property
    def to_cook(self) -> Line:
        """Children's and adults' meals to cook."""
        both = [self.children.numbers[n] + self.adults.numbers[n] for n in _range(self)]
        return Line("Total à cuisiner", both)

    @property
    def foot(self) -> list[Line]:
        """What ends the table of places."""
        return [self.children, self.adults, self.to_cook, self.baskets, self.picnics]


def _range(week: KitchenWeek) -> range:
    return range(len(week.days))


def kitchen_week(day: date, *, today: date) -> KitchenWeek:
    """Return the week of a day, Monday to Friday, with the plot of the weeks around it; a dozen queries.

    A day that is over is told as it was frozen and as it changed since; the others as they are booked now.
    """
    monday = monday_of(day)
    days = list(days_between(monday, monday + timedelta(days=FRIDAY)))
    frozen = frozen_between(days[0], days[-1])
    booked = meals_between(days[0], days[-1])
    meals: dict[date, Meals] = {one: Counter() for one in days}
    for activity, one in {*frozen, *booked}:
        order = frozen.get((activity, one)) if one < today else None
        meals[one].update(order.expected if order else booked.get((activity, one), Counter()))
    extras = extras_between(days[0], days[-1])
    menus = menus_between(days[0], days[-1])
    heads = [
        DayHead(
            one,
            frozen=any(key[1] == one for key in frozen),
            today=one == today,
            menu=next(iter(menus.get(one, [])), None),
        )
        for one in days
    ]
    return KitchenWeek(
        monday=monday,
        days=heads,
        places=_places(days, meals),
        diets=_diets(days, meals),
        baskets=Line("Paniers PAI, apportés par les familles", [_of_diet(meals[one], BASKET) for one in days]),
        adults=_extra_line("Agents et enseignants", days, extras, picnics=False),
        picnics=_extra_line("Pique-niques", days, extras, picnics=True),
        plot=_plot(monday, today),
    )


def _places(days: Sequence[date], meals: Mapping[date, Meals]) -> list[Line]:
    found: dict[int, list[int]] = {}
    for place, day in enumerate(days):
        for cell, number in meals[day].items():
            if cell.diet != BASKET:
                found.setdefault(cell.site, [0] * len(days))[place] += number
    sites = {site.pk: site for site in ActivitySite.objects.filter(pk__in=found).select_related("school", "venue")}
    return [Line(sites[pk].place_name, found[pk]) for pk in sorted(found, key=lambda pk: place_order(sites[pk]))]


def _diets(days: Sequence[date], meals: Mapping[date, Meals]) -> list[Line]:
    """Diets of the whole town: what is bought and cooked; never by school, where a week to come may still change."""
    keys = {(cell.diet, cell.group) for one in meals.values() for cell in one if cell.diet != BASKET}
    in_order = sorted(keys, key=lambda key: (diet_order(key[0]), AgeGroup.values.index(key[1])))
    return [
        Line(diet_label(diet), [_of_diet(meals[day], diet, group) for day in days], str(AgeGroup(group).label))
        for diet, group in in_order
    ]


def _of_diet(meals: Mapping[Cell, int], diet: str, group: str = "") -> int:
    return sum(number for cell, number in meals.items() if cell.diet == diet and group in ("", cell.group))


def _extra_line(label: str, days: Sequence[date], rows: Sequence[KitchenExtra], *, picnics: bool) -> Line:
    numbers: Counter[date] = Counter()
    for row in rows:
        if (row.kind == KitchenExtra.Kind.PICNICS) == picnics:
            numbers[row.day] += row.quantity
    return Line(label, [numbers[day] for day in days])


def _plot(monday: date, today: date) -> Plot:
    """Plot the meals of each day from two weeks before to two weeks after."""
    first, last = monday - WEEKS_BEFORE * WEEK, monday + WEEKS_AFTER * WEEK + timedelta(days=FRIDAY)
    children, adults = totals_between(first, last), adults_between(first, last)
    points = []
    for day in days_between(first, last):
        if day.weekday() > FRIDAY:
            continue
        served = children.get(day, 0), adults.get(day, 0)
        week = monday_of(day)
        points.append(
            Point(
                label=long_day(day),
                short=f"{WEEKDAYS[day.weekday()][:2]}. {day.day}",
                values=served if any(served) else (None, None),
                group=f"semaine {week.isocalendar().week}",
                marked=day == today,
                note="" if any(served) else "pas de repas",
            )
        )
    return bar_plot("Repas par jour", ["Enfants, paniers PAI compris", "Adultes"], points, key="repas")

"""Reads of the menus; public, the same for everybody."""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import groupby

from reservations.models import Activity, Menu, MenuDish
from reservations.queries.planning import school_calendar
from reservations.rules.calendar import days_between
from reservations.rules.menus import Dish, MealType, MenuOfDay, monday_of, ordered, weeks_without_vegetarian


def menus_between(first: date, last: date, *, meal: str | None = None) -> dict[date, list[MenuOfDay]]:
    """Return the menus of some days, both ends included, by day, each day's in the order of its meals; one query.

    ``meal`` keeps one kind (``MealType.LUNCH``). A day without a menu is not in the answer.
    """
    dishes = MenuDish.objects.filter(menu__day__range=(first, last)).select_related("menu")
    if meal is not None:
        dishes = dishes.filter(menu__meal=meal)
    found: dict[date, list[MenuOfDay]] = {}
    for menu in as_menus(dishes.order_by("menu__day", "menu_id", "position")):
        found.setdefault(menu.day, []).append(menu)
    for menus in found.values():
        menus.sort(key=lambda menu: MealType.values.index(menu.meal))
    return found


def lunches_between(first: date, last: date) -> dict[date, MenuOfDay]:
    """Return the lunch of each day that has one; one query."""
    return {day: menus[0] for day, menus in menus_between(first, last, meal=MealType.LUNCH).items()}


def as_menus(dishes: Iterable[MenuDish]) -> list[MenuOfDay]:
    """Return dishes, sorted by menu and with it, as menus."""
    found = []
    for _, group in groupby(dishes, key=lambda dish: dish.menu_id):
        rows = list(group)
        menu = rows[0].menu
        parts = ordered(Dish(row.course, row.name, tuple(row.allergens), tuple(row.labels)) for row in rows)
        found.append(MenuOfDay(menu.day, menu.meal, parts, menu.note, menu.is_demo))
    return found


def without_vegetarian(first: date, last: date) -> list[date]:
    """Return the Mondays of the weeks, all written, whose school lunches have no vegetarian one; a few queries."""
    calendar, canteen = school_calendar(), Activity.objects.filter(is_meal=True).first()
    weekdays = canteen.weekdays if canteen else frozenset()
    days = [day for day in days_between(first, last) if day.weekday() in weekdays and calendar.is_school_day(day)]
    return weeks_without_vegetarian(lunches_between(first, last).values(), days)


def weeks_around(day: date) -> tuple[bool, bool]:
    """Say whether any menu stands before the week of a day, and after it; two queries."""
    monday = monday_of(day)
    return (
        Menu.objects.filter(day__lt=monday).exists(),
        Menu.objects.filter(day__gte=monday + timedelta(days=7)).exists(),
    )

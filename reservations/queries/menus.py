"""Reads of the menus; public, the same for everybody."""

from collections.abc import Iterable
from datetime import date
from itertools import groupby

from reservations.models import MenuDish
from reservations.rules.menus import Dish, MealType, MenuOfDay, ordered


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

"""Menus: what families and the calendar read."""

from datetime import date

import pytest

from reservations.queries.menus import lunches_between, menus_between
from reservations.tests.factories import MenuFactory

MONDAY, TUESDAY, FRIDAY = date(2026, 12, 7), date(2026, 12, 8), date(2026, 12, 11)


@pytest.mark.django_db
class TestReading:
    def test_the_menus_of_a_week_come_with_their_dishes_in_the_order_of_the_meal(self):
        MenuFactory(day=MONDAY, meal="gouter", dishes={"dessert": "Compote"})
        MenuFactory(
            day=MONDAY,
            dishes={
                "dessert": "Clémentine",
                "plat": ("Colin meunière", ["poissons", "gluten"], ["peche-durable"]),
                "entree": ("Céleri rémoulade", ["celeri", "oeufs", "moutarde"], ["bio"]),
            },
        )
        MenuFactory(day=FRIDAY)

        found = menus_between(MONDAY, TUESDAY)

        assert list(found) == [MONDAY]
        lunch, snack = found[MONDAY]
        assert lunch.line == "Céleri rémoulade, Colin meunière, Clémentine"
        assert lunch.allergens == ["Céréales contenant du gluten", "Œufs", "Poissons", "Céleri", "Moutarde"]
        assert lunch.dishes[0].label_words == ["Bio"]
        assert snack.meal_name == "Goûter"

    def test_a_month_costs_one_query(self, django_assert_num_queries):
        for day in range(1, 29):
            MenuFactory(day=date(2026, 12, day), dishes={"entree": "Potage", "plat": "Purée", "dessert": "Pomme"})

        with django_assert_num_queries(1):
            assert len(lunches_between(date(2026, 12, 1), date(2026, 12, 31))) == 28

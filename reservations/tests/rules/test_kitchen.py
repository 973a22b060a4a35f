"""What a meal is made of, whom a figure would name, and why an order changed: tables of examples."""

from collections import Counter
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from castres_portal.base.clock import PARIS
from families.rules.health import DIETS, HealthSheet
from reservations.rules.kitchen import (
    BASKET,
    ORDINARY,
    PAI,
    RARE,
    Cause,
    Cell,
    Event,
    Plan,
    add_up,
    age_group,
    blurred,
    diet_key,
    diet_label,
    diet_of,
    diet_order,
    difference,
    explain,
    is_apart,
    rare_diets,
    without_passing,
)

DAY = date(2026, 12, 7)
AT = datetime(2026, 12, 3, 9, 0, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("level", "school", "group"),
    [
        ("PS", "primaire", "maternelle"),
        ("GS", "elementaire", "maternelle"),
        ("CP", "primaire", "elementaire"),
        ("CM2", None, "elementaire"),
        ("", "maternelle", "maternelle"),
        ("", "primaire", "elementaire"),
        ("", None, "elementaire"),
    ],
)
def test_a_portion_follows_the_class_then_the_school(level, school, group):
    assert age_group(level, school) == group


@pytest.mark.parametrize(
    ("diets", "key", "label"),
    [
        ((), "", "Ordinaire"),
        (("sans_porc",), "sans_porc", "Sans porc"),
        (("sans_gluten", "sans_porc"), "sans_porc+sans_gluten", "Sans porc, sans gluten"),
        (("vegetarien", "sans_porc", "sans_viande", "sans_poisson"), "vegetarien", "Végétarien"),
        (("sans_viande", "sans_porc"), "sans_viande", "Sans viande"),
        (("vegetarien", "sans_lactose"), "vegetarien+sans_lactose", "Végétarien, sans lactose"),
    ],
)
def test_diets_together_say_nothing_twice(diets, key, label):
    assert diet_key(diets) == key
    assert diet_label(key) == label


@pytest.mark.parametrize(
    ("sheet", "plan", "key"),
    [
        (None, None, ORDINARY),
        (HealthSheet(food=("lait",)), None, ORDINARY),
        (HealthSheet(diet=("sans_porc",)), None, "sans_porc"),
        (HealthSheet(food=("lait",), diet=("sans_porc",)), Plan(False), PAI),
        (HealthSheet(food_other="Kiwi"), Plan(False), PAI),
        # A project about asthma changes nothing to what is cooked.
        (HealthSheet(drug="Amoxicilline"), Plan(False), ORDINARY),
        (HealthSheet(diet=("sans_porc",)), Plan(False), "sans_porc"),
        (HealthSheet(food=("lait",)), Plan(True), BASKET),
        (None, Plan(True), BASKET),
        (None, Plan(True, valid_until=DAY), BASKET),
        # Over the day before: the sheet alone speaks.
        (HealthSheet(food=("lait",), diet=("sans_porc",)), Plan(True, valid_until=date(2026, 12, 6)), "sans_porc"),
    ],
)
def test_a_meal_is_one_thing(sheet, plan, key):
    assert diet_of(sheet, plan, DAY) == key


@given(st.lists(st.sampled_from([code for code, _ in DIETS])))
def test_a_diet_is_the_same_however_it_was_told(diets):
    assert diet_key(diets) == diet_key([*reversed(diets), *diets])


def test_columns_go_from_the_ordinary_meal_to_the_baskets():
    keys = [BASKET, "sans_porc+sans_gluten", RARE, "vegetarien", PAI, ORDINARY, "sans_porc"]

    assert sorted(keys, key=diet_order) == [
        ORDINARY,
        "sans_porc",
        "vegetarien",
        "sans_porc+sans_gluten",
        RARE,
        PAI,
        BASKET,
    ]


# --- Rare diets ---------------------------------------------------------------------------------------------------------


def test_a_diet_of_two_children_in_a_school_is_blurred_and_one_of_three_is_not():
    meals = Counter(
        {
            Cell(1, "maternelle", ""): 1,
            Cell(1, "maternelle", "sans_porc"): 1,
            Cell(1, "elementaire", "sans_porc"): 2,
            Cell(1, "elementaire", "vegetarien"): 2,
            Cell(1, "elementaire", PAI): 1,
            Cell(2, "elementaire", "vegetarien"): 3,
        }
    )

    rare = rare_diets(meals, 3)

    assert rare == {(1, "vegetarien"), (1, PAI)}
    assert blurred(Cell(1, "elementaire", "vegetarien"), rare) == Cell(1, "elementaire", RARE)
    assert blurred(Cell(2, "elementaire", "vegetarien"), rare) == Cell(2, "elementaire", "vegetarien")
    assert blurred(Cell(1, "maternelle", ""), rare) == Cell(1, "maternelle", "")


# --- Why an order changed -----------------------------------------------------------------------------------------------

A, PORK, B = Cell(1, "elementaire", ""), Cell(1, "elementaire", "sans_porc"), Cell(2, "elementaire", "")


def said(missing, *events):
    return [(event.cell, event.delta, event.cause) for event in explain(missing, events, AT)]


@pytest.mark.parametrize(
    ("missing", "events", "told"),
    [
        ({A: 1}, [Event(A, 1, Cause.LATE, AT)], [(A, 1, "tardive")]),
        ({A: -1}, [Event(A, -1, Cause.CLOSED, AT)], [(A, -1, "fermeture")]),
        (
            {},
            [Event(A, 1, Cause.LATE, AT), Event(A, -1, Cause.CANCELLED, AT)],
            [(A, 1, "tardive"), (A, -1, "annulation")],
        ),
        # One child comes, another of the same place changes her diet.
        ({PORK: 1}, [Event(A, 1, Cause.LATE, AT)], [(A, 1, "tardive"), (A, -1, "regime"), (PORK, 1, "regime")]),
        ({A: -1, PORK: 1}, [], [(A, -1, "regime"), (PORK, 1, "regime")]),
        ({A: -1, B: 1}, [], [(A, -1, "autre"), (B, 1, "autre")]),
        (
            {A: -2},
            [Event(A, -1, Cause.GIVEN_BACK, AT)],
            [(A, -1, "rendu"), (A, -1, "autre")],
        ),
    ],
)
def test_a_difference_is_told_with_its_cause(missing, events, told):
    assert said(missing, *events) == told


def test_an_event_as_old_as_the_last_look_is_told_only_where_a_meal_lacks():
    old = Event(A, 1, Cause.LATE, AT)

    assert explain({}, [], AT, doubtful=[old]) == []
    assert explain({A: 1}, [], AT, doubtful=[old, old]) == [old]


cells = st.sampled_from([A, PORK, B])
events = st.builds(Event, cells, st.sampled_from([1, -1]), st.sampled_from(Cause), st.just(AT))


@given(st.dictionaries(cells, st.integers(-5, 5).filter(bool)), st.lists(events, max_size=9), st.lists(events))
def test_what_is_told_adds_up_to_what_is_missing(missing, events, old):
    told = Counter()
    for event in explain(missing, events, AT, doubtful=old):
        told[event.cell] += event.delta

    assert {cell: number for cell, number in told.items() if number} == missing


@given(
    st.dictionaries(cells, st.integers(0, 9)),
    st.dictionaries(cells, st.integers(0, 9)),
)
def test_a_difference_leads_from_one_count_to_the_other(now, before):
    moved = Counter(before)
    for cell, number in difference(now, before).items():
        moved[cell] += number

    assert all(moved[cell] == now.get(cell, 0) for cell in (A, PORK, B))


@pytest.mark.parametrize(
    "key, said",
    [
        ("", "Ordinaire"),
        ("pai", "Repas PAI"),
        ("panier", "Panier PAI"),
        ("rares", "Régimes rares"),
        ("ancien_regime", "ancien_regime"),  # a diet that left the list is still on old orders
        ("sans_porc+ancien_regime", "Sans porc, ancien_regime"),
    ],
)
def test_a_column_has_its_name(key, said):
    assert diet_label(key) == said


def test_what_is_apart_is_counted_apart():
    assert [is_apart(key) for key in ("", "sans_porc", "pai", "panier")] == [False, False, True, True]


def test_figures_are_summed_cell_by_cell_and_nothing_is_no_cell():
    one, other = Cell(1, "maternelle", ""), Cell(1, "maternelle", "pai")
    assert add_up([(one, 3), (other, 1), (one, 2), (other, -1)]) == {one: 5}


def test_a_booking_that_came_and_went_was_never_on_a_plate():
    cell = Cell(1, "maternelle", "")
    at = datetime(2026, 11, 19, 9, tzinfo=PARIS)
    came, went = Event(cell, 1, Cause.LATE, at, 7), Event(cell, -1, Cause.CANCELLED, at, 7)
    stays, gone = Event(cell, 1, Cause.LATE, at, 8), Event(cell, -1, Cause.CANCELLED, at, 9)
    assert without_passing([came, stays, went, gone]) == [stays, gone]


def test_unknown_diets_come_after_the_known_ones_and_before_what_is_apart():
    keys = ["panier", "pai", "rares", "sans_porc+zzz", "sans_porc", "zzz", ""]
    assert sorted(keys, key=diet_order) == ["", "sans_porc", "zzz", "sans_porc+zzz", "rares", "pai", "panier"]

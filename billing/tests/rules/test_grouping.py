"""The lines as people read them."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.grouping import days_text, group_lines
from castres_portal.base.tests.reading import read


@dataclass(frozen=True)
class Line:
    pk: int = 1
    child_id: int = 1
    child_name: str = "Léa MARTIN"
    activity_name: str = "Restauration scolaire"
    day: date = date(2026, 10, 1)
    quotient: int | None = 850
    band: str = "B"
    rule: str = "quotient"
    deliberation: str = "délibération n° 1"
    explanation: str | None = None
    care_part: Decimal = Decimal("0.90")
    food_part: Decimal = Decimal("2.10")
    amount: Decimal = Decimal("3.00")


def october(*days, **fields):
    return [replace(Line(), day=date(2026, 10, day), **fields) for day in days]


def test_days_of_one_child_service_and_price_are_one_line():
    bill = group_lines(october(6, 1, 2, 5))

    [child] = bill.children
    [price] = child.prices
    assert (child.child_name, price.activity_name, price.count) == ("Léa MARTIN", "Restauration scolaire", 4)
    assert price.days_text == "1er, 2, 5 et 6\u00a0octobre"
    assert (price.total, price.care, price.food) == (Decimal("12.00"), Decimal("3.60"), Decimal("8.40"))
    assert price.basis == "quotient 850, tranche B"
    assert price.parts == "garde\u00a00,90\u00a0€, repas\u00a02,10\u00a0€"


def test_a_part_that_is_nothing_is_not_named():
    [child] = group_lines(october(1, care_part=Decimal("1.10"), food_part=Decimal(0), amount=Decimal("1.10"))).children

    assert child.prices[0].parts == "garde\u00a01,10\u00a0€"


def test_a_quotient_that_changes_in_the_month_makes_two_lines_in_the_order_of_the_days():
    late = october(20, quotient=300, band="A", care_part=Decimal("0.30"), food_part=Decimal("0.70"), amount=Decimal(1))
    unknown = october(12, quotient=None, band="C", rule="maximum")

    [child] = group_lines([*late, *unknown, *october(1, 2)]).children

    assert [price.basis for price in child.prices] == [
        "quotient 850, tranche B",
        "tranche C, faute de quotient",
        "quotient 300, tranche A",
    ]


def test_children_of_one_name_stay_apart_and_deliberations_are_all_named():
    bill = group_lines(
        [*october(1), *october(1, child_id=2), *october(2, child_id=3, child_name="Tom MARTIN", deliberation="n° 2")]
    )

    assert [child.child_name for child in bill.children] == ["Léa MARTIN", "Léa MARTIN", "Tom MARTIN"]
    assert bill.deliberations == ["délibération n° 1", "n° 2"]


CENTS = st.integers(0, 500).map(lambda cents: Decimal(cents) / 100)
LINES = st.builds(
    Line,
    child_id=st.integers(1, 3),
    activity_name=st.sampled_from(["Restauration scolaire", "Garderie"]),
    day=st.dates(date(2026, 10, 1), date(2026, 10, 31)),
    quotient=st.none() | st.integers(0, 3),
    care_part=CENTS,
    food_part=CENTS,
).map(lambda line: replace(line, amount=line.care_part + line.food_part))


@given(st.lists(LINES, max_size=40))
def test_grouping_loses_no_cent_and_no_day(lines):
    bill = group_lines(lines)
    prices = [price for child in bill.children for price in child.prices]

    assert sum(child.total for child in bill.children) == sum(line.amount for line in lines)
    assert bill.care + bill.food == sum(line.amount for line in lines)
    assert sorted(day for price in prices for day in price.days) == sorted(line.day for line in lines)
    assert sum(price.care for price in prices) == bill.care


@pytest.mark.parametrize(
    "fields, said",
    [
        ({"rule": "absence"}, "absence acceptée, non facturée"),
        ({"rule": "maximum", "quotient": None, "band": "G"}, "tranche G, faute de quotient"),
        ({"rule": "maximum", "quotient": 850, "band": "G"}, "tranche G, faute de quotient"),
        ({"quotient": 0, "band": "A"}, "quotient 0, tranche A"),
        (
            {
                "rule": "situation",
                "band": "G",
                "explanation": "Foyer hors commune, tranche G (la plus élevée)\u00a0: 4,90\u00a0€\n"
                "Panier repas\u00a0: part alimentaire 0,00\u00a0€ au lieu de 2,10\u00a0€\n"
                "Réservation hors délai\u00a0: +\u00a02,00\u00a0€",
            },
            "foyer hors commune, tranche G (la plus élevée) ; "
            "panier repas : part alimentaire 0,00 € au lieu de 2,10 € ; réservation hors délai : + 2,00 €",
        ),
        (
            {
                "explanation": "Quotient 850, tranche B\u00a0: 3,00\u00a0€\nPanier repas\u00a0: part alimentaire 0,00\u00a0€"
            },
            "quotient 850, tranche B ; panier repas : part alimentaire 0,00 €",
        ),
        # An invoice from before the explanations has none.
        ({"rule": "situation", "explanation": None}, "quotient 850, tranche B"),
    ],
)
def test_a_line_says_what_its_price_stands_on(fields, said):
    [child] = group_lines(october(1, **fields)).children
    assert read(child.prices[0].basis) == said


def test_each_day_leads_to_its_own_line_and_a_child_s_services_add_up():
    meals = [replace(line, pk=pk) for pk, line in ((11, october(5)[0]), (12, october(1)[0]))]
    care = [
        replace(
            october(2, activity_name="Garderie", care_part=Decimal("1.10"), food_part=Decimal(0))[0],
            amount=Decimal("1.10"),
        )
    ]
    bill = group_lines([*meals, *care])
    [child] = bill.children
    garderie, restauration = sorted(child.prices, key=lambda price: price.activity_name)
    assert restauration.dated_lines == [(12, date(2026, 10, 1)), (11, date(2026, 10, 5))]
    assert child.total == Decimal("7.10")
    assert (bill.care, bill.food, bill.deliberations) == (Decimal("2.90"), Decimal("4.20"), ["délibération n° 1"])
    assert [price.activity_name for price in child.prices] == ["Garderie", "Restauration scolaire"]


def test_equal_days_with_another_explanation_are_another_line():
    bill = group_lines([*october(1), *october(2, explanation="Quotient 850\nPanier repas")])
    [child] = bill.children
    assert [price.count for price in child.prices] == [1, 1]


@pytest.mark.parametrize(
    "days, text",
    [
        ([date(2026, 10, 1)], "1er\u00a0octobre"),
        ([date(2026, 10, 2), date(2026, 10, 1)], "1er et 2\u00a0octobre"),
        ([date(2026, 9, 30), date(2026, 10, 1)], "30\u00a0septembre, 1er\u00a0octobre"),
        ([date(2025, 10, 2), date(2026, 10, 1)], "2\u00a0octobre, 1er\u00a0octobre"),
        ([], ""),
    ],
)
def test_days_are_listed_with_their_month_once(days, text):
    assert days_text(days) == text

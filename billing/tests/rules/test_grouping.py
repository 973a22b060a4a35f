"""The lines as people read them."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.grouping import days_text, group_lines


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
    "days, text",
    [
        ([date(2026, 10, 1)], "1er\u00a0octobre"),
        ([date(2026, 10, 2), date(2026, 10, 1)], "1er et 2\u00a0octobre"),
        ([date(2026, 9, 30), date(2026, 10, 1)], "30\u00a0septembre, 1er\u00a0octobre"),
        ([], ""),
    ],
)
def test_days_are_listed_with_their_month_once(days, text):
    assert days_text(days) == text

"""What may be given back of a line, and what a new price changes."""

from decimal import Decimal as D
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.corrections import Parts, at_most, difference, parts_of, split, sum_of

NONE = Parts(D("0.00"), D("0.00"))
cents = st.integers(0, 2000).map(lambda value: D(value) / 100)
parts = st.builds(Parts, cents, cents)


@pytest.mark.parametrize(
    "now, charged, back, more",
    [
        (("0.30", "0.70"), ("0.90", "2.10"), ("0.60", "1.40"), ("0.00", "0.00")),
        (("1.35", "3.15"), ("0.90", "2.10"), ("0.00", "0.00"), ("0.45", "1.05")),
        (("0.90", "2.10"), ("0.90", "2.10"), ("0.00", "0.00"), ("0.00", "0.00")),
        # Care goes up, food goes down: one difference, shared as the price is.
        (("1.00", "1.00"), ("0.50", "2.50"), ("0.17", "0.83"), ("0.00", "0.00")),
        (("2.00", "2.00"), ("3.00", "0.00"), ("0.00", "0.00"), ("0.50", "0.50")),
        # One part alone changes: the other is left as it was charged.
        (("0.90", "1.10"), ("0.90", "2.10"), ("0.00", "1.00"), ("0.00", "0.00")),
        (("0.40", "2.10"), ("0.90", "2.10"), ("0.50", "0.00"), ("0.00", "0.00")),
        (("0.90", "3.10"), ("0.90", "2.10"), ("0.00", "0.00"), ("0.00", "1.00")),
        (("1.40", "2.10"), ("0.90", "2.10"), ("0.00", "0.00"), ("0.50", "0.00")),
        (("1.00", "2.60"), ("0.90", "2.10"), ("0.00", "0.00"), ("0.10", "0.50")),
        (("0.80", "1.60"), ("0.90", "2.10"), ("0.10", "0.50"), ("0.00", "0.00")),
    ],
)
def test_a_new_price_gives_back_or_asks_more(now, charged, back, more):
    def euros(pair):
        return Parts(*map(D, pair))

    assert difference(euros(now), euros(charged)) == (euros(back), euros(more))


@pytest.mark.parametrize(
    "amount, of, shared",
    [
        # Half a cent of care goes up, and food takes the rest.
        ("0.01", ("1.00", "1.00"), ("0.01", "0.00")),
        ("1.00", ("0.90", "2.10"), ("0.30", "0.70")),
        ("1.00", ("0.90", "0.00"), ("1.00", "0.00")),
        ("1.00", ("0.00", "0.00"), ("0.00", "0.00")),
    ],
)
def test_a_sum_is_shared_between_care_and_food_as_the_price_is(amount, of, shared):
    assert split(D(amount), Parts(*map(D, of))) == Parts(*map(D, shared))


@pytest.mark.parametrize(
    "asked, left, given_back",
    [
        (("0.90", "2.10"), ("0.90", "2.10"), ("0.90", "2.10")),
        (("0.90", "2.10"), ("0.50", "3.00"), ("0.50", "2.10")),
        (("0.90", "2.10"), ("-0.10", "-0.20"), ("0.00", "0.00")),
    ],
)
def test_no_more_goes_back_than_is_left(asked, left, given_back):
    assert at_most(Parts(*map(D, asked)), Parts(*map(D, left))) == Parts(*map(D, given_back))


def test_parts_are_added_and_taken_away_one_by_one():
    line = SimpleNamespace(care_part=D("0.90"), food_part=D("2.10"))
    meal, care = parts_of(line), Parts(D("1.35"), D("0.00"))
    assert meal == Parts(D("0.90"), D("2.10"))
    assert sum_of([meal, care]) == Parts(D("2.25"), D("2.10"))
    assert sum_of([]) == NONE
    assert meal.less(care) == Parts(D("-0.45"), D("2.10"))
    assert (bool(NONE), bool(care), bool(Parts(D(0), D("2.10")))) == (False, True, True)


@given(parts, parts)
def test_the_difference_is_exact_and_never_gives_back_more_than_was_charged(now, charged):
    back, more = difference(now, charged)
    assert charged.total - back.total + more.total == now.total
    assert at_most(back, charged) == back
    assert min(more.care, more.food) >= 0
    assert not (back and more)


@given(cents, parts)
def test_a_share_is_exact_and_fits(amount, of):
    shared = split(min(amount, of.total), of)
    assert shared.total == (min(amount, of.total) if of.total else 0)
    assert at_most(shared, of) == shared

"""In which household a child lives on a day, in examples from judgments."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from families.rules.custody import conflict_between, doubled_week, household_on, is_at_home
from families.services.custody import first_doubled_day

MOTHER, FATHER = 1, 2


@dataclass
class Stay:
    """What the rules read of a Custody row."""

    rhythm: str
    family_id: int = MOTHER
    first_monday: date | None = None
    starts_on: date = date(2020, 1, 1)
    ends_on: date | None = None


@dataclass
class Swap:
    """What the rules read of a CustodyException row."""

    family_id: int
    starts_on: date
    ends_on: date


ODD, EVEN = Stay("impaire", MOTHER), Stay("paire", FATHER)

DAYS = [
    (date(2026, 11, 9), FATHER, "Monday of week 46"),
    (date(2026, 11, 15), FATHER, "its Sunday"),
    (date(2026, 11, 16), MOTHER, "Monday of week 47"),
    (date(2026, 12, 28), MOTHER, "Monday of week 53"),
    (date(2027, 1, 3), MOTHER, "its Sunday, already in January"),
    (date(2027, 1, 4), MOTHER, "Monday of week 1: the mother has her twice running"),
    (date(2027, 1, 11), FATHER, "Monday of week 2"),
]


@pytest.mark.parametrize(("day", "home", "why"), DAYS)
def test_odd_weeks_with_one_parent_even_weeks_with_the_other(day, home, why):
    assert household_on(day, [ODD, EVEN]) == home


def test_a_year_of_53_weeks_is_pointed_out():
    assert doubled_week("impaire", date(2026, 12, 1), date(2027, 1, 31)) == date(2027, 1, 4)
    assert doubled_week("impaire", date(2027, 12, 1), date(2028, 1, 31)) is None
    assert doubled_week("alternee", date(2026, 12, 1), date(2027, 1, 31)) is None


def test_strict_alternation_knows_no_such_accident():
    stay = Stay("alternee", first_monday=date(2026, 12, 21))
    mondays = [date(2026, 12, 21) + timedelta(weeks=n) for n in range(-2, 4)]
    assert [is_at_home(stay, monday) for monday in mondays] == [True, False, True, False, True, False]


def test_an_exchange_of_weeks_wins_over_the_rhythm():
    swap = Swap(FATHER, date(2026, 11, 16), date(2026, 11, 22))
    assert household_on(date(2026, 11, 16), [ODD, EVEN], [swap]) == FATHER
    assert household_on(date(2026, 11, 22), [ODD, EVEN], [swap]) == FATHER
    assert household_on(date(2026, 11, 23), [ODD, EVEN], [swap]) == FATHER  # week 48, even: his own
    assert household_on(date(2026, 11, 30), [ODD, EVEN], [swap]) == MOTHER


def test_of_two_exchanges_the_later_wins():
    long = Swap(FATHER, date(2026, 11, 1), date(2026, 11, 30))
    short = Swap(MOTHER, date(2026, 11, 10), date(2026, 11, 12))
    assert household_on(date(2026, 11, 11), [ODD, EVEN], [long, short]) == MOTHER


def test_no_stay_covers_the_day():
    assert household_on(date(2019, 12, 31), [ODD, EVEN]) is None


CONFLICTS = [
    (ODD, EVEN, None),
    (ODD, Stay("impaire", FATHER), date(2020, 1, 1)),
    (Stay("pleine"), EVEN, date(2020, 1, 6)),
    (Stay("pleine", ends_on=date(2026, 8, 31)), Stay("pleine", FATHER, starts_on=date(2026, 9, 1)), None),
    (
        Stay("pleine", ends_on=date(2026, 9, 1)),
        Stay("pleine", FATHER, starts_on=date(2026, 9, 1)),
        date(2026, 9, 1),
    ),
    (
        Stay("alternee", first_monday=date(2026, 8, 31)),
        Stay("alternee", FATHER, first_monday=date(2026, 9, 7)),
        None,
    ),
    # The parity of the ISO weeks and the strict alternation part ways after week 53.
    (
        Stay("impaire", starts_on=date(2026, 9, 1)),
        Stay("alternee", FATHER, first_monday=date(2026, 8, 31), starts_on=date(2026, 9, 1)),
        date(2027, 1, 4),
    ),
]


@pytest.mark.parametrize(("one", "other", "day"), CONFLICTS)
def test_two_households_for_one_day_are_found(one, other, day):
    assert conflict_between(one, other) == day
    assert conflict_between(other, one) == day
    assert first_doubled_day([one, other]) == day


@given(st.integers(min_value=0, max_value=4000))
def test_parents_who_share_by_parity_have_the_child_between_them_every_day(days):
    day = date(2020, 1, 1) + timedelta(days=days)
    assert [is_at_home(ODD, day), is_at_home(EVEN, day)].count(True) == 1

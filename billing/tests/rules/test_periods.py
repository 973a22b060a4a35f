"""Months: read, counted, refused while they last."""

from datetime import date

import pytest

from billing.rules.periods import (
    MonthNotOver,
    NotAMonth,
    check_month_is_over,
    invoice_number,
    last_day_of,
    next_month,
    number_series,
    parse_month,
    previous_month,
)
from castres_portal.base.tests.reading import read


@pytest.mark.parametrize(
    "month, before, last, after",
    [
        (date(2026, 10, 1), date(2026, 9, 1), date(2026, 10, 31), date(2026, 11, 1)),
        (date(2026, 12, 1), date(2026, 11, 1), date(2026, 12, 31), date(2027, 1, 1)),
        (date(2027, 1, 1), date(2026, 12, 1), date(2027, 1, 31), date(2027, 2, 1)),
        (date(2028, 2, 1), date(2028, 1, 1), date(2028, 2, 29), date(2028, 3, 1)),
        (date(2027, 2, 28), date(2027, 1, 1), date(2027, 2, 28), date(2027, 3, 1)),
        (date(2027, 1, 31), date(2026, 12, 1), date(2027, 1, 31), date(2027, 2, 1)),
    ],
)
def test_months_follow_one_another(month, before, last, after):
    assert (previous_month(month), last_day_of(month), next_month(month)) == (before, last, after)


def test_a_month_is_written_year_then_month():
    assert parse_month("2026-10") == date(2026, 10, 1)
    assert parse_month(" 2026-12\n") == date(2026, 12, 1)


@pytest.mark.parametrize("text", ["", "2026", "10-2026", "2026-13", "2026-00", "2026-1", "2026-10-01", "octobre"])
def test_anything_else_is_not_a_month(text):
    with pytest.raises(NotAMonth):
        parse_month(text)


@pytest.mark.parametrize("today", [date(2026, 10, 1), date(2026, 10, 31), date(2026, 9, 1)])
def test_a_month_that_is_not_over_cannot_be_invoiced(today):
    with pytest.raises(MonthNotOver) as told:
        check_month_is_over(date(2026, 10, 1), today=today)
    said = "Le mois d’octobre 2026 n’est pas terminé : il pourra être facturé à partir du dimanche 1er novembre 2026."
    assert read(told.value.message) == read(str(told.value)) == said


def test_it_can_from_the_first_of_the_next():
    check_month_is_over(date(2026, 10, 1), today=date(2026, 11, 1))


@pytest.mark.parametrize(
    "month, rank, number",
    [
        (date(2026, 10, 1), 1, "2610000001"),
        (date(2022, 10, 1), 2476, "2210002476"),
        (date(2009, 1, 1), 7, "0901000007"),
    ],
)
def test_a_number_says_the_billed_month_and_the_rank(month, rank, number):
    assert invoice_number(month, rank) == number


def test_each_month_has_a_counter_of_its_own():
    assert number_series(date(2026, 10, 1)) == "factures-2610"

"""What the dashboard counts, in French examples."""

from datetime import date
from decimal import Decimal

import pytest

from billing.rules.board import (
    LAST_TWELVE,
    Age,
    add_months,
    age_of,
    month_label,
    percents,
    periods,
    scale_of,
    time_to_pay,
)

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("due_on", "age"),
    [
        (date(2026, 12, 31), Age.NOT_DUE),
        (date(2026, 11, 25), Age.NOT_DUE),  # the last day to pay is not late
        (date(2026, 11, 24), Age.MONTH),
        (date(2026, 10, 26), Age.MONTH),  # 30 days
        (date(2026, 10, 25), Age.TWO_MONTHS),  # 31
        (date(2026, 9, 26), Age.TWO_MONTHS),  # 60
        (date(2026, 9, 25), Age.THREE_MONTHS),  # 61
        (date(2026, 8, 27), Age.THREE_MONTHS),  # 90
        (date(2026, 8, 26), Age.OLDER),  # 91
        (date(2024, 1, 31), Age.OLDER),
    ],
)
def test_a_debt_ages_from_the_day_after_it_was_due(due_on, age):
    assert age_of(due_on, today=TODAY) == age


def test_the_last_twelve_months_end_with_the_present_one_and_a_school_year_starts_in_september():
    found = periods(first=date(2025, 7, 1), today=TODAY)

    assert [period.label for period in found] == [
        "12 derniers mois",
        "Année scolaire 2026-2027",
        "Année scolaire 2025-2026",
        "Année scolaire 2024-2025",
    ]
    assert found[0].key == LAST_TWELVE
    months = [(period.months[0], period.months[-1], len(period.months)) for period in found[:3]]
    assert months == [
        (date(2025, 12, 1), date(2026, 11, 1), 12),
        (date(2026, 9, 1), date(2026, 11, 1), 3),
        (date(2025, 9, 1), date(2026, 8, 1), 12),
    ]
    assert found[2].after == date(2026, 9, 1)


def test_a_town_that_never_billed_has_the_year_that_runs():
    assert [period.key for period in periods(first=None, today=date(2027, 2, 3))] == [LAST_TWELVE, "2026"]


@pytest.mark.parametrize(
    ("amounts", "shares"),
    [
        (["50", "50"], [50, 50]),
        (["1", "1", "1"], [34, 33, 33]),
        (["66.60", "33.40", "0"], [67, 33, 0]),
        (["33.40", "66.60"], [33, 67]),  # the largest remainder is rounded up, wherever it stands
        (["100", "-20"], [100, 0]),  # more was given back than came
        (["0", "0"], [0, 0]),
        ([], []),
    ],
)
def test_shares_add_up_to_a_hundred(amounts, shares):
    assert percents([Decimal(amount) for amount in amounts]) == shares


@pytest.mark.parametrize(
    ("days", "quartiles"),
    [
        ({5: 1}, (5, 5, 5)),
        ({0: 1, 3: 1, 8: 1, 40: 1}, (0, 3, 8)),
        ({2: 10, 12: 80, 60: 10}, (12, 12, 12)),
        ({1: 1, 2: 1, 3: 1, 4: 1, 100: 1}, (2, 3, 4)),
    ],
)
def test_the_quartiles_are_days_that_invoices_really_took(days, quartiles):
    found = time_to_pay(days)

    assert (found.quarter, found.half, found.three_quarters) == quartiles
    assert found.invoices == sum(days.values())


@pytest.mark.parametrize(
    ("today", "year"), [(date(2026, 8, 31), "2025"), (date(2026, 9, 1), "2026"), (date(2027, 1, 1), "2026")]
)
def test_the_school_year_begins_on_the_first_of_september(today, year):
    assert periods(first=None, today=today)[1].key == year


def test_the_last_twelve_months_begin_and_end_on_a_first_day():
    [last, *_] = periods(first=None, today=TODAY)
    assert (last.starts_on, last.last_month, last.after) == (date(2025, 12, 1), date(2026, 11, 1), date(2026, 12, 1))


@pytest.mark.parametrize(
    ("count", "month"),
    [
        (0, date(2026, 11, 1)),
        (1, date(2026, 12, 1)),
        (2, date(2027, 1, 1)),
        (-11, date(2025, 12, 1)),
        (-10, date(2026, 1, 1)),
    ],
)
def test_months_are_counted_over_the_year_s_end(count, month):
    assert add_months(date(2026, 11, 1), count) == month


def test_nothing_settled_has_no_time_to_pay():
    assert time_to_pay({}) is None


def test_a_large_month_is_drawn_in_thousands():
    assert scale_of(Decimal("9999.99")).words == "en euros"
    assert scale_of(Decimal("10000")).words == "en milliers d’euros"
    assert scale_of(Decimal("9999.99")).of(Decimal("1234.60")) == 1235
    assert scale_of(Decimal("145000")).of(Decimal("61500.01")) == 62
    assert scale_of(Decimal(0)).of(Decimal("-3")) == 0


def test_a_month_has_its_capital_letter_on_a_page():
    assert month_label(date(2026, 10, 1)) == "Octobre 2026"

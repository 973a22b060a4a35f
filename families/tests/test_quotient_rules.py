"""From when until when a quotient holds, how periods make room for another, when a household is told."""

from datetime import date

import pytest

from castres_portal.base.tests.reading import read
from families.rules.quotients import (
    Making,
    Period,
    add_months,
    effect_of,
    make_room,
    month_problem,
    thresholds_due,
)


@pytest.mark.parametrize(
    "received_on, starts_on, ends_on",
    [
        (date(2026, 11, 19), date(2026, 11, 1), date(2027, 10, 31)),
        (date(2026, 11, 1), date(2026, 11, 1), date(2027, 10, 31)),
        (date(2026, 12, 31), date(2026, 12, 1), date(2027, 11, 30)),
        (date(2027, 3, 31), date(2027, 3, 1), date(2028, 2, 29)),
    ],
)
def test_a_quotient_holds_from_the_month_of_its_deposit_for_a_year(received_on, starts_on, ends_on):
    assert effect_of(received_on, valid_months=12) == (starts_on, ends_on)


@pytest.mark.parametrize(
    "day, count, month",
    [
        (date(2026, 11, 19), 0, date(2026, 11, 1)),
        (date(2026, 11, 19), 2, date(2027, 1, 1)),
        (date(2026, 1, 31), -1, date(2025, 12, 1)),
        (date(2026, 12, 1), 12, date(2027, 12, 1)),
    ],
)
def test_months_are_added_across_years(day, count, month):
    assert add_months(day, count) == month


@pytest.mark.parametrize(
    "month, said",
    [
        (date(2026, 11, 1), ""),
        (date(2025, 11, 1), ""),
        (date(2026, 12, 1), "Ce mois n’est pas encore commencé : donnez celui que porte l’attestation."),
        (
            date(2025, 10, 1),
            "Ce quotient a plus de 12 mois : demandez à la CAF ou à la MSA une attestation récente.",
        ),
    ],
)
def test_which_month_a_paper_may_bear(month, said):
    problem = month_problem(month, today=date(2026, 11, 19), oldest_months=12)
    assert read(problem) == said


NOV, DEC, JAN = date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)


@pytest.mark.parametrize(
    "periods, ends_on, making",
    [
        ([], None, Making([], [])),
        ([Period(1, date(2026, 1, 1), None)], None, Making([(1, date(2026, 10, 31))], [])),
        ([Period(1, date(2026, 1, 1), date(2026, 11, 1))], None, Making([(1, date(2026, 10, 31))], [])),
        ([Period(1, date(2026, 1, 1), date(2026, 10, 31))], None, Making([], [])),
        ([Period(1, NOV, None)], None, Making([], [1])),
        ([Period(1, JAN, None)], date(2026, 12, 31), Making([], [])),
        ([Period(1, JAN, None)], JAN, Making([], [], Period(1, JAN, None))),
        ([Period(1, JAN, None)], None, Making([], [], Period(1, JAN, None))),
        ([Period(2, JAN, None), Period(1, DEC, DEC)], None, Making([], [], Period(1, DEC, DEC))),
    ],
)
def test_how_periods_make_room_from_the_first_of_november(periods, ends_on, making):
    assert make_room(periods, starts_on=NOV, ends_on=ends_on) == making


@pytest.mark.parametrize(
    "today, told, due",
    [
        (date(2026, 11, 29), [], []),  # 31 days left
        (date(2026, 11, 30), [], [30]),
        (date(2026, 12, 1), [30], []),
        (date(2026, 12, 3), [], [30]),  # three nights skipped
        (date(2026, 12, 15), [30], [15]),
        (date(2026, 12, 20), [], [30, 15]),  # twenty nights skipped: one mail
        (date(2026, 12, 29), [30, 15], [1]),
        (date(2026, 12, 30), [30, 15], [1]),  # the last day itself
        (date(2027, 1, 2), [30, 15], [1]),  # over, and nobody said it
        (date(2027, 1, 6), [30, 15], [1]),
        (date(2027, 1, 7), [30, 15], []),  # too late to be of use
        (date(2026, 12, 30), [30, 15, 1], []),
    ],
)
def test_when_a_household_is_told_of_an_end_on_30_december(today, told, due):
    assert thresholds_due(date(2026, 12, 30), today=today, told=told) == due

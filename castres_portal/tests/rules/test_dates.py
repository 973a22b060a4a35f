"""The school calendar in words, against the days that the ministry decreed for zone C."""

from datetime import date

import pytest

from castres_portal.rules.dates import (
    back_to_school,
    closed_periods,
    days_by_month,
    enrolment_window,
    holidays_of,
    next_dates,
)
from reservations.reference import ZONE_C
from reservations.rules.calendar import ClosedSpan, ClosureKind, SchoolCalendar, YearSpan

YEARS = [YearSpan(label, first, last, date(first.year, 5, 1)) for label, (first, last, _) in ZONE_C.items()]
CALENDAR = SchoolCalendar(
    YEARS,
    [ClosedSpan(ClosureKind(str(kind)), name, a, b) for _, _, spans in ZONE_C.values() for kind, name, a, b in spans],
)
CANTEEN = frozenset({0, 1, 3, 4})


def year(label):
    return next(row for row in YEARS if row.label == label)


@pytest.mark.parametrize(
    "closed_until, back",
    [
        (date(2026, 11, 1), date(2026, 11, 2)),
        (date(2027, 1, 3), date(2027, 1, 4)),
        (date(2027, 5, 8), date(2027, 5, 10)),
        (date(2028, 5, 1), date(2028, 5, 2)),
        (date(2026, 11, 10), date(2026, 11, 12)),  # Armistice, then no Wednesday
        (date(2027, 7, 2), None),
    ],
)
def test_the_day_on_which_class_begins_again(closed_until, back):
    assert back_to_school(CALENDAR, closed_until) == back


@pytest.mark.parametrize("label, days", [("2025-2026", 138), ("2026-2027", 139), ("2027-2028", 138)])
def test_the_days_of_canteen_of_a_year(label, days):
    assert sum(row.days for row in days_by_month(CALENDAR, year(label), CANTEEN)) == days


def test_the_days_of_canteen_of_a_month():
    months = {row.month: row.days for row in days_by_month(CALENDAR, year("2026-2027"), CANTEEN)}
    assert months[date(2026, 11, 1)] == 17
    assert months[date(2026, 12, 1)] == 11
    assert list(months)[0] == date(2026, 9, 1)
    assert list(months)[-1] == date(2027, 7, 1)


def test_the_public_holidays_that_take_a_day_of_class():
    assert [row.starts_on for row in holidays_of(CALENDAR, year("2026-2027"))] == [
        date(2026, 11, 11),
        date(2027, 3, 29),
        date(2027, 5, 6),
        date(2027, 5, 17),
    ]


def test_holidays_are_said_in_words():
    christmas = closed_periods(CALENDAR, year("2026-2027"))[1]
    assert christmas.words == "du samedi 19 décembre 2026 au dimanche 3 janvier 2027"
    assert christmas.note == "reprise le lundi 4 janvier 2027"


def test_what_comes_next_includes_the_running_holidays_and_nothing_past():
    coming = next_dates(CALENDAR, date(2026, 12, 28), limit=3)
    assert [row.label for row in coming] == ["Vacances de Noël", "Vacances d’hiver", "Lundi de Pâques"]


def test_in_summer_the_next_date_is_the_first_day_of_class():
    assert next_dates(CALENDAR, date(2027, 7, 15), limit=1)[0].label == "Rentrée 2027-2028"


@pytest.mark.parametrize(
    "today, said",
    [
        (
            date(2026, 11, 24),
            ["Année 2026-2027 : ouvertes, jusqu’au 2 juillet 2027.", "Année 2027-2028 : à partir du 1er mai 2027."],
        ),
        (
            date(2027, 5, 1),
            [
                "Année 2026-2027 : ouvertes, jusqu’au 2 juillet 2027.",
                "Année 2027-2028 : ouvertes, jusqu’au 4 juillet 2028.",
            ],
        ),
        (date(2028, 8, 1), []),
    ],
)
def test_when_children_can_be_enrolled(today, said):
    assert enrolment_window(YEARS, today) == said

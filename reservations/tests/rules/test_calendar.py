"""When there is school, against the figures counted from the ministry's periods."""

from datetime import date

import pytest

from reservations.models import ClosedPeriod, SchoolYear
from reservations.queries.planning import school_calendar
from reservations.reference import ZONE_C, fill_school_years
from reservations.rules.calendar import (
    ClosedDay,
    ClosureKind,
    SchoolCalendar,
    YearSpan,
    days_between,
    month_bounds,
    public_holidays,
)
from reservations.tests.town import zone_c

CANTEEN = {0, 1, 3, 4}
# Canteen days (Monday, Tuesday, Thursday, Friday) of each month, Wednesdays of class, working days
# of short holidays and bridges.
FIGURES = {
    "2025-2026": (
        {"2025-09": 18, "2025-10": 10, "2025-11": 15, "2025-12": 12, "2026-01": 16, "2026-02": 12, "2026-03": 14}
        | {"2026-04": 9, "2026-05": 12, "2026-06": 18, "2026-07": 2},
        138,
        36,
        38,
    ),
    "2026-2027": (
        {"2026-09": 17, "2026-10": 10, "2026-11": 17, "2026-12": 11, "2027-01": 16, "2027-02": 8, "2027-03": 17}
        | {"2027-04": 10, "2027-05": 14, "2027-06": 17, "2027-07": 2},
        139,
        35,
        39,
    ),
    "2027-2028": (
        {"2027-09": 17, "2027-10": 13, "2027-11": 13, "2027-12": 10, "2028-01": 17, "2028-02": 9, "2028-03": 18}
        | {"2028-04": 8, "2028-05": 14, "2028-06": 17, "2028-07": 2},
        138,
        36,
        39,
    ),
}


def days_of(label):
    first, last, _ = ZONE_C[label]
    return days_between(first, last)


@pytest.mark.parametrize("label", FIGURES)
def test_each_month_has_its_canteen_days(label):
    calendar = zone_c()
    months: dict[str, int] = {}
    for day in days_of(label):
        if day.weekday() in CANTEEN and calendar.is_school_day(day):
            months[f"{day:%Y-%m}"] = months.get(f"{day:%Y-%m}", 0) + 1
    assert months == FIGURES[label][0]
    assert sum(months.values()) == FIGURES[label][1]


@pytest.mark.parametrize("label", FIGURES)
def test_each_year_has_its_wednesdays_and_its_working_days_of_holidays(label):
    calendar = zone_c()
    closures = {day: calendar.why_closed(day) for day in days_of(label)}
    without_class = [
        day
        for day, closure in closures.items()
        if closure and closure.kind in (ClosureKind.HOLIDAYS, ClosureKind.BRIDGE)
    ]
    assert sum(day.weekday() == 2 and closure is None for day, closure in closures.items()) == FIGURES[label][2]
    assert sum(day not in public_holidays(day.year) for day in without_class) == FIGURES[label][3]


@pytest.mark.parametrize(
    "day, kind, label",
    [
        (date(2026, 12, 5), ClosureKind.WEEKEND, "Week-end"),
        (date(2026, 12, 25), ClosureKind.HOLIDAYS, "Vacances de Noël"),
        (date(2026, 11, 11), ClosureKind.PUBLIC_HOLIDAY, "Armistice"),
        (date(2027, 3, 29), ClosureKind.PUBLIC_HOLIDAY, "Lundi de Pâques"),
        (date(2026, 5, 14), ClosureKind.PUBLIC_HOLIDAY, "Ascension"),
        (date(2026, 5, 15), ClosureKind.BRIDGE, "Pont de l’Ascension"),
        (date(2027, 5, 6), ClosureKind.PUBLIC_HOLIDAY, "Ascension"),
        (date(2027, 5, 7), ClosureKind.BRIDGE, "Pont de l’Ascension"),
        (date(2028, 5, 25), ClosureKind.PUBLIC_HOLIDAY, "Ascension"),
        (date(2028, 5, 26), ClosureKind.BRIDGE, "Pont de l’Ascension"),
        (date(2028, 7, 5), ClosureKind.OUT_OF_YEAR, "Vacances d’été"),
        (date(2026, 8, 31), ClosureKind.OUT_OF_YEAR, "Vacances d’été"),
        (date(2029, 1, 8), ClosureKind.OUT_OF_YEAR, "Hors année scolaire"),
    ],
)
def test_a_day_without_school_says_why(day, kind, label):
    closure = zone_c().why_closed(day)
    assert (closure.kind, closure.label) == (kind, label)


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 9, 1),
        date(2026, 10, 16),
        date(2026, 11, 2),
        date(2026, 12, 18),
        date(2027, 1, 4),
        date(2026, 7, 3),
        date(2028, 7, 4),  # departure is after class
        date(2028, 2, 29),
    ],
)
def test_the_first_and_the_last_days_of_class_are_open(day):
    assert zone_c().is_school_day(day)


@pytest.mark.django_db
def test_the_table_is_filled_once_and_what_agents_corrected_is_left(django_assert_num_queries):
    fill_school_years()
    ClosedPeriod.objects.filter(label="Pont de l’Ascension", school_year__label="2026-2027").update(label="Pont")
    fill_school_years()

    assert SchoolYear.objects.count() == 3
    assert ClosedPeriod.objects.count() == 15
    assert ClosedPeriod.objects.filter(label="Pont").count() == 1
    with django_assert_num_queries(1):
        calendar = school_calendar()
    assert calendar.why_closed(date(2026, 12, 24)) == zone_c().why_closed(date(2026, 12, 24))
    assert [year.label for year in calendar.years] == ["2025-2026", "2026-2027", "2027-2028"]


@pytest.mark.parametrize(
    "day, bounds",
    [
        (date(2026, 11, 19), (date(2026, 11, 1), date(2026, 11, 30))),
        (date(2026, 12, 31), (date(2026, 12, 1), date(2026, 12, 31))),
        (date(2027, 2, 1), (date(2027, 2, 1), date(2027, 2, 28))),
        (date(2028, 2, 29), (date(2028, 2, 1), date(2028, 2, 29))),
    ],
)
def test_the_ends_of_a_month(day, bounds):
    assert month_bounds(day) == bounds


@pytest.mark.parametrize(
    "day, said",
    [
        (date(2027, 7, 5), "Vacances d’été"),
        (date(2027, 9, 29), "Vacances d’été"),
        (date(2027, 9, 30), "Hors année scolaire"),
        (date(2027, 10, 4), "Hors année scolaire"),
        (date(2026, 8, 31), "Hors année scolaire"),
    ],
)
def test_a_day_outside_the_years_that_are_known_is_summer_or_not_known(day, said):
    alone = SchoolCalendar([YearSpan("2026-2027", date(2026, 9, 1), date(2027, 7, 2), date(2026, 5, 1))], [])
    assert alone.why_closed(day) == ClosedDay(ClosureKind.OUT_OF_YEAR, said)

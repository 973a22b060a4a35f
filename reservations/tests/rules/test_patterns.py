"""Week patterns, the copy of a month, the ends of a pattern: dates of the real calendar."""

from datetime import date, timedelta

import pytest

from reservations.rules.calendar import ClosedSpan, ClosureKind, SchoolCalendar, YearSpan, days_between, month_bounds
from reservations.rules.patterns import EndKind, WeekPattern, copy_of_month, ends_from, pattern_days, sift
from reservations.rules.simulation import Weeks
from reservations.tests.town import zone_c

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = range(5)


def days(*texts):
    return [date.fromisoformat(text) for text in texts]


@pytest.mark.parametrize(
    "weekdays, weeks, first, last, expected",
    [
        ({MONDAY}, "toutes", "2026-12-01", "2026-12-21", days("2026-12-07", "2026-12-14", "2026-12-21")),
        ({MONDAY}, "impaires", "2026-12-01", "2026-12-21", days("2026-12-14")),
        ({MONDAY}, "paires", "2026-12-01", "2026-12-21", days("2026-12-07", "2026-12-21")),
        ({WEDNESDAY}, "toutes", "2026-12-09", "2026-12-09", days("2026-12-09")),
        ({WEDNESDAY}, "toutes", "2026-12-10", "2026-12-09", []),
        (set(), "toutes", "2026-12-01", "2026-12-21", []),
        # 2026 has 53 weeks: weeks 53 and 1 are both odd, and follow each other.
        ({MONDAY}, "impaires", "2026-12-21", "2027-01-18", days("2026-12-28", "2027-01-04", "2027-01-18")),
        ({MONDAY}, "paires", "2026-12-21", "2027-01-18", days("2026-12-21", "2027-01-11")),
    ],
)
def test_the_days_of_a_pattern(weekdays, weeks, first, last, expected):
    pattern = WeekPattern(frozenset(weekdays), Weeks(weeks))
    assert pattern_days(pattern, date.fromisoformat(first), date.fromisoformat(last)) == expected


def test_only_one_s_own_weeks_are_asked_for_and_the_others_are_counted():
    mondays = days("2026-12-07", "2026-12-14", "2026-12-21", "2026-12-28")
    own = {date(2026, 12, 14), date(2026, 12, 28)}
    sifted = sift(mondays, at_home=own.__contains__, runs=lambda day: day < date(2026, 12, 19))
    assert sifted.asked == days("2026-12-14")
    assert sifted.elsewhere == days("2026-12-07")
    assert sifted.closed == days("2026-12-21", "2026-12-28")  # nobody's: Christmas holidays


# --- The copy of a month ----------------------------------------------------------------------------------------------


def school_days(month, weekdays=(MONDAY, TUESDAY, THURSDAY, FRIDAY), home=lambda day: True):
    calendar = zone_c()
    return [
        day
        for day in days_between(*month_bounds(month))
        if day.weekday() in weekdays and calendar.is_school_day(day) and home(day)
    ]


OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)


def test_a_month_is_copied_weekday_by_weekday():
    booked = {day: "" for day in school_days(NOVEMBER) if day.weekday() in (MONDAY, THURSDAY)}
    wanted = copy_of_month(booked, school_days(NOVEMBER), school_days(DECEMBER))
    assert sorted(wanted) == days("2026-12-03", "2026-12-07", "2026-12-10", "2026-12-14", "2026-12-17")


def test_the_first_monday_alone_stays_the_first_monday_alone():
    booked = {date(2026, 11, 2): ""}
    assert list(copy_of_month(booked, school_days(NOVEMBER), school_days(DECEMBER))) == days("2026-12-07")


def test_holidays_are_not_days_that_were_left_free():
    """October ends with the holidays: its last Monday open serves for the three last Mondays of November."""
    assert [day for day in school_days(OCTOBER) if day.weekday() == MONDAY] == days("2026-10-05", "2026-10-12")
    booked = {date(2026, 10, 12): ""}
    wanted = copy_of_month(booked, school_days(OCTOBER), school_days(NOVEMBER))
    assert list(wanted) == days("2026-11-09", "2026-11-16", "2026-11-23", "2026-11-30")


def test_the_formula_of_each_day_is_copied():
    booked = {date(2026, 11, 4): "matin", date(2026, 11, 25): "journee-repas"}
    wanted = copy_of_month(booked, school_days(NOVEMBER, [WEDNESDAY]), school_days(DECEMBER, [WEDNESDAY]))
    # The 11th being a public holiday, the third Wednesday of November is the 25th.
    assert wanted == {date(2026, 12, 2): "matin", date(2026, 12, 16): "journee-repas"}


def test_in_alternate_custody_the_first_own_monday_becomes_the_first_own_monday():
    odd = lambda day: day.isocalendar().week % 2 == 1  # noqa: E731
    source, target = school_days(NOVEMBER, home=odd), school_days(DECEMBER, home=odd)
    wanted = copy_of_month({day: "" for day in source if day.weekday() == MONDAY}, source, target)
    assert list(wanted) == days("2026-12-14")
    assert all(odd(day) for day in wanted)


def test_a_weekday_on_which_the_child_could_not_come_has_no_model():
    assert copy_of_month({}, [], school_days(DECEMBER)) == {}


# --- Until when -------------------------------------------------------------------------------------------------------


def ends(first):
    return {end.kind: end.day for end in ends_from(date.fromisoformat(first), zone_c())}


@pytest.mark.parametrize(
    "first, expected",
    [
        ("2026-09-01", {"vacances": "2026-10-16", "trimestre": "2026-12-18", "annee": None}),
        # The end of the term is that of the next holidays: one choice.
        ("2026-11-26", {"vacances": "2026-12-18", "annee": None}),
        ("2027-01-04", {"vacances": "2027-02-05", "trimestre": "2027-04-02", "annee": None}),
    ],
)
def test_the_ends_offered(first, expected):
    calendar = zone_c()
    last = calendar.year_of(date.fromisoformat(first)).ends_on
    for kind, day in expected.items():
        found = ends(first)[EndKind(kind)]
        assert found == (date.fromisoformat(day) if day else last), kind
        assert calendar.is_school_day(found)
    assert len(ends(first)) == len(expected)


def test_after_the_last_holidays_the_year_alone_is_left():
    assert list(ends("2027-06-01")) == [EndKind.YEAR]


def test_beyond_the_calendar_nothing_is_offered():
    assert ends_from(zone_c().years[-1].ends_on + timedelta(days=1), zone_c()) == []


def test_an_end_says_its_day():
    [first, *_] = ends_from(date(2026, 11, 26), zone_c())
    assert first.words == "Jusqu’aux vacances de Noël"
    assert first.detail == "jusqu’au vendredi 18 décembre 2026"


def a_year(*spans):
    year = YearSpan("2026-2027", date(2026, 9, 1), date(2027, 7, 2), date(2026, 5, 1), 1)
    return SchoolCalendar([year], [ClosedSpan(*span) for span in spans])


HOLIDAYS, BRIDGE = ClosureKind.HOLIDAYS, ClosureKind.BRIDGE


@pytest.mark.parametrize(
    "spans, first, expected",
    [
        # Holidays written from the Monday on: the last day of class is the Friday before.
        (
            [(HOLIDAYS, "Toussaint", date(2026, 10, 19), date(2026, 11, 1))],
            date(2026, 9, 1),
            ["2026-10-16", "2027-07-02"],
        ),
        # A bridge just before them is no day of class either.
        (
            [
                (BRIDGE, "Pont", date(2026, 10, 15), date(2026, 10, 16)),
                (HOLIDAYS, "Toussaint", date(2026, 10, 19), date(2026, 11, 1)),
            ],
            date(2026, 9, 1),
            ["2026-10-14", "2027-07-02"],
        ),
        (
            [
                (BRIDGE, "Pont", date(2026, 10, 16), date(2026, 10, 16)),
                (HOLIDAYS, "Toussaint", date(2026, 10, 19), date(2026, 11, 1)),
            ],
            date(2026, 9, 1),
            ["2026-10-15", "2027-07-02"],
        ),
        # Holidays that begin on the very day are not those to come; a bridge is no end.
        (
            [
                (BRIDGE, "Pont", date(2026, 9, 21), date(2026, 9, 21)),
                (HOLIDAYS, "Toussaint", date(2026, 10, 17), date(2026, 11, 1)),
            ],
            date(2026, 10, 17),
            ["2027-07-02"],
        ),
        # Those that leave no day of class before them are no end either.
        (
            [(HOLIDAYS, "Toussaint", date(2026, 10, 17), date(2026, 11, 1))],
            date(2026, 10, 16),
            ["2026-10-16", "2027-07-02"],
        ),
        # The first and the last day of the year, and those of another year.
        ([(HOLIDAYS, "Été", date(2027, 7, 3), date(2027, 8, 31))], date(2026, 9, 1), ["2027-07-02"]),
        ([(HOLIDAYS, "Fin", date(2027, 7, 2), date(2027, 8, 31))], date(2026, 9, 1), ["2027-07-01", "2027-07-02"]),
        # The last day of the year itself.
        ([], date(2027, 7, 2), ["2027-07-02"]),
    ],
)
def test_an_end_is_a_day_of_class(spans, first, expected):
    assert [str(end.day) for end in ends_from(first, a_year(*spans))] == expected


@pytest.mark.parametrize(
    "starts_on, ends_on, ends_a_term",
    [
        (date(2026, 12, 25), date(2027, 1, 3), True),
        (date(2026, 12, 12), date(2026, 12, 25), True),
        (date(2026, 12, 12), date(2026, 12, 24), False),
        (date(2026, 12, 26), date(2027, 1, 3), False),
        (date(2027, 3, 31), date(2027, 4, 11), False),
        (date(2027, 4, 1), date(2027, 4, 11), True),
    ],
)
def test_a_term_ends_at_christmas_and_in_spring(starts_on, ends_on, ends_a_term):
    first = (HOLIDAYS, "Toussaint", date(2026, 10, 17), date(2026, 11, 1))
    found = ends_from(date(2026, 9, 1), a_year(first, (HOLIDAYS, "Vacances", starts_on, ends_on)))
    assert (EndKind.TERM in [end.kind for end in found]) is ends_a_term


def test_each_end_says_its_words():
    first = (HOLIDAYS, "Vacances de Toussaint", date(2026, 10, 17), date(2026, 11, 1))
    then = (HOLIDAYS, "Vacances de Noël", date(2026, 12, 19), date(2027, 1, 3))
    assert [end.words for end in ends_from(date(2026, 9, 1), a_year(first, then))] == [
        "Jusqu’aux vacances de Toussaint",
        "Jusqu’à la fin du trimestre",
        "Toute l’année scolaire",
    ]

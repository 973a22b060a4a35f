"""Whatever the day on which the demonstration starts: dates alone, no database."""

from datetime import date, timedelta

import pytest

from castres_portal.demo.seed.agenda import Agenda, billing_day
from castres_portal.demo.seed.households import LEVELS, birth_date, draw_groups
from reservations.reference import ZONE_C
from reservations.rules.calendar import ClosedSpan, ClosureKind, SchoolCalendar, YearSpan

CALENDAR = SchoolCalendar(
    [YearSpan(label, first, last, date(first.year, 5, 1)) for label, (first, last, _) in ZONE_C.items()],
    [
        ClosedSpan(ClosureKind(kind.value), name, start, end)
        for _, _, periods in ZONE_C.values()
        for kind, name, start, end in periods
    ],
)
EVERY_DAY = [date(2026, 1, 10) + timedelta(days=offset) for offset in range(900)]


def agenda(today, months=3):
    return Agenda(today, CALENDAR, months_billed=months)


@pytest.mark.parametrize(
    "today, present, billed",
    [
        (date(2026, 11, 23), "2026-2027", [date(2026, 7, 1), date(2026, 9, 1), date(2026, 10, 1)]),
        (date(2026, 12, 7), "2026-2027", [date(2026, 7, 1), date(2026, 9, 1), date(2026, 10, 1)]),
        (date(2026, 12, 8), "2026-2027", [date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)]),
        (date(2026, 8, 3), "2026-2027", [date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)]),
        (date(2026, 7, 4), "2026-2027", [date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)]),
        (date(2028, 2, 29), "2027-2028", [date(2027, 11, 1), date(2027, 12, 1), date(2028, 1, 1)]),
    ],
)
def test_the_months_that_were_billed_are_those_whose_eighth_of_the_next_has_come(today, present, billed):
    seen = agenda(today)

    assert seen.present_year.label == present
    assert seen.billed == billed


def test_a_month_is_always_booked_before_its_notice_and_before_today():
    for today in EVERY_DAY[::5]:
        seen = agenda(today)
        for month, days in seen.months_booked(seen.cast_billed).items():
            for rank in range(11):
                booked_on = seen.submit_day(month, rank)
                assert booked_on < today
                assert booked_on <= days[0] - timedelta(days=7), f"{today}, {month}, {rank}"


def test_bookings_reach_weeks_ahead_and_leave_no_billed_month_without_canteen():
    for today in EVERY_DAY[::5]:
        seen = agenda(today)
        booked = seen.days_booked(seen.billed)
        assert all(billing_day(month) <= today for month in seen.billed)
        assert set(seen.billed) <= {day.replace(day=1) for day in booked}
        if CALENDAR.years[-1].ends_on > today + timedelta(days=40):
            assert sum(day > today for day in booked) == 20


def test_the_first_households_do_not_depend_on_how_many_follow():
    few = list(draw_groups(10, seed=81, autumn=2026))
    many = list(draw_groups(40, seed=81, autumn=2026))

    def names(groups):
        return [(home.name, home.street) for group in groups for home in group.homes]

    assert names(few) == names(many)[:10]
    assert names(few) != names(list(draw_groups(10, seed=82, autumn=2026)))


def test_children_are_of_the_age_of_their_class():
    for group in draw_groups(200, seed=81, autumn=2026):
        assert 1 <= len(group.kids) <= 4
        for kid in group.kids:
            assert 2026 - kid.birth_date.year == 3 + kid.level
            assert 0 <= kid.level < len(LEVELS)


def test_a_birth_date_exists_even_in_february():
    from random import Random

    assert {birth_date(Random(seed), 0, 2027).month for seed in range(60)} == set(range(1, 13))

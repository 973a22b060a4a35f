"""Which months the calendar goes through, and what a submit asks for."""

from datetime import date, datetime

import pytest

from castres_portal.base.clock import PARIS
from reservations.rules.changes import applied_to, changes_between
from reservations.rules.decide import Period, Policy
from reservations.rules.months import first_open_day, month_range, next_month, open_for_enrolment
from reservations.tests.town import zone_c

CANTEEN = Policy(weekdays=frozenset({0, 1, 3, 4}))
YEAR = Period(date(2026, 9, 1), date(2027, 7, 2))


@pytest.mark.parametrize(
    "month, steps, other",
    [
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2027, 1, 1), -1, date(2026, 12, 1)),
        (date(2027, 1, 1), 13, date(2028, 2, 1)),
    ],
)
def test_months_follow_each_other(month, steps, other):
    assert next_month(month, steps) == other


def test_the_month_that_follows_is_the_next_one():
    assert next_month(date(2026, 11, 1)) == date(2026, 12, 1)


@pytest.mark.parametrize(
    "today, labels",
    [
        (date(2026, 11, 19), ["2026-2027"]),
        (date(2027, 4, 30), ["2026-2027"]),
        (date(2027, 5, 1), ["2026-2027", "2027-2028"]),
        (date(2027, 7, 2), ["2026-2027", "2027-2028"]),
        (date(2027, 8, 15), ["2027-2028"]),
        (date(2028, 7, 5), []),
    ],
)
def test_the_next_year_opens_in_may(today, labels):
    assert [year.label for year in open_for_enrolment(zone_c(), today)] == labels


@pytest.mark.parametrize(
    "at, day",
    [
        (datetime(2026, 11, 19, 12, tzinfo=PARIS), date(2026, 11, 26)),
        (datetime(2026, 12, 11, 23, 59, tzinfo=PARIS), date(2026, 12, 18)),
        (datetime(2026, 12, 12, tzinfo=PARIS), date(2027, 1, 4)),
        (datetime(2026, 7, 20, tzinfo=PARIS), date(2026, 9, 1)),
        (datetime(2027, 6, 26, tzinfo=PARIS), None),
    ],
)
def test_the_calendar_opens_on_the_first_day_that_can_still_be_booked(at, day):
    assert first_open_day(zone_c(), CANTEEN, [YEAR], at) == day


def test_the_range_of_months_covers_the_years():
    calendar = zone_c()
    assert month_range(calendar.years[:2]) == (date(2025, 9, 1), date(2027, 7, 1))
    assert month_range([]) is None


def test_a_submit_asks_for_the_difference_between_shown_and_ticked():
    monday, tuesday, thursday, friday = (date(2026, 12, number) for number in (7, 8, 10, 11))
    changes = changes_between(shown=[monday, tuesday], ticked=[tuesday, thursday], free=[thursday, friday])
    assert (changes.additions, changes.removals) == ({thursday}, {monday})
    assert (changes.kept, changes.left) == ({tuesday}, {friday})
    assert not changes_between([monday], [monday])


def test_brothers_and_sisters_get_the_same_changes_and_nothing_more():
    changes = changes_between(shown=[date(2026, 12, 7)], ticked=[date(2026, 12, 8)], free=[date(2026, 12, 10)])
    applied = applied_to(5, changes, [5, 3])
    assert list(applied) == [5, 3]
    assert applied[5] is changes
    assert applied[3].additions == changes.additions
    assert applied[3].removals == changes.removals
    assert not applied[3].kept
    assert not applied[3].left

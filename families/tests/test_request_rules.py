"""By when a request is answered, and when silence speaks."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from castres_portal.base.clock import PARIS
from families.rules.requests import promised_day, silence_day


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    "received, days, promised",
    [
        ("2026-11-19T12:06", 15, "2026-12-04"),
        ("2026-12-25T00:00", 15, "2027-01-09"),
        ("2026-10-24T23:59", 1, "2026-10-25"),  # the clock goes back that night
        ("2026-11-19T23:59", 0, "2026-11-19"),
    ],
)
def test_an_answer_is_promised_so_many_days_after_the_day_of_reception(received, days, promised):
    assert promised_day(at(received), days) == date.fromisoformat(promised)


@pytest.mark.parametrize(
    "received, silent",
    [
        ("2026-11-19T12:06", "2027-01-19"),
        ("2026-12-31T08:00", "2027-02-28"),
        ("2027-12-31T08:00", "2028-02-29"),
        ("2026-08-31T08:00", "2026-10-31"),
        ("2026-10-31T23:59", "2026-12-31"),
    ],
)
def test_silence_speaks_two_months_later_the_same_day_or_the_last_of_the_month(received, silent):
    assert silence_day(at(received)) == date.fromisoformat(silent)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2080, 1, 1)))
def test_two_months_are_never_more_than_62_days_nor_less_than_59(received):
    waited = silence_day(received.replace(tzinfo=PARIS)) - received.date()
    assert 59 <= waited.days <= 62


def test_the_day_of_reception_is_that_of_paris():
    assert promised_day(datetime.fromisoformat("2026-11-19T23:30:00+00:00"), 0) == date(2026, 11, 20)

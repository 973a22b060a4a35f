"""The periods of an accueil de loisirs: when families may ask, and which weeks there are."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from castres_portal.base.clock import PARIS
from castres_portal.base.tests.reading import read
from reservations.rules.calendar import ClosedDay, ClosureKind
from reservations.rules.holidays import (
    HolidaySpan,
    WindowState,
    holiday_on,
    in_weeks,
    missing_days,
    monday_of,
    weeks_of,
    why_no_holiday,
)

SECOND = timedelta(seconds=1)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


OPENS, CLOSES = at("2026-11-16T08:00"), at("2026-12-04T17:30")
AGAIN, FOR_GOOD = at("2026-12-10T08:00"), at("2026-12-18T12:00")
CHRISTMAS = HolidaySpan("Noël", date(2026, 12, 19), date(2027, 1, 3), OPENS, CLOSES)
WISHED = replace(CHRISTMAS, wishes=True)
GIVEN = replace(WISHED, allocated_at=at("2026-12-08T10:00"))
LEFT = replace(GIVEN, second_opens_at=AGAIN, second_closes_at=FOR_GOOD)
NOT_BY_HAND = "les semaines de cette période se demandent par vœux"
BEING_ALLOCATED = "les vœux sont clos et les places vont être attribuées"
NOTHING_AFTER = "les places de cette période sont attribuées ; pour ce qui reste, adressez-vous à l’Espace Famille"


@pytest.mark.parametrize(
    "span, now, state, wishes, why",
    [
        (CHRISTMAS, OPENS - SECOND, WindowState.NOT_YET, False, "les demandes ouvrent le lundi 16 novembre 2026 à 8 h"),
        (CHRISTMAS, OPENS, WindowState.OPEN, False, ""),
        (CHRISTMAS, CLOSES - SECOND, WindowState.OPEN, False, ""),
        (
            CHRISTMAS,
            CLOSES,
            WindowState.CLOSED,
            False,
            "les demandes sont closes depuis le vendredi 4 décembre 2026 à 17 h 30",
        ),
        (WISHED, OPENS - SECOND, WindowState.NOT_YET, False, "les demandes ouvrent le lundi 16 novembre 2026 à 8 h"),
        (WISHED, OPENS, WindowState.OPEN, True, NOT_BY_HAND),
        (WISHED, CLOSES, WindowState.CLOSED, False, BEING_ALLOCATED),
        (GIVEN, AGAIN, WindowState.CLOSED, False, NOTHING_AFTER),
        (LEFT, AGAIN - SECOND, WindowState.NOT_YET, False, "les demandes ouvrent le jeudi 10 décembre 2026 à 8 h"),
        (LEFT, AGAIN, WindowState.OPEN, False, ""),
        (
            LEFT,
            FOR_GOOD,
            WindowState.CLOSED,
            False,
            "les demandes sont closes depuis le vendredi 18 décembre 2026 à 12 h",
        ),
        # Half of a second window is none.
        (replace(LEFT, second_closes_at=None), AGAIN, WindowState.CLOSED, False, NOTHING_AFTER),
        (replace(LEFT, second_opens_at=None), AGAIN, WindowState.CLOSED, False, NOTHING_AFTER),
        # A second window opens once the wishes are answered, not before.
        (replace(LEFT, allocated_at=None), AGAIN, WindowState.CLOSED, False, BEING_ALLOCATED),
    ],
)
def test_what_families_may_do_at_an_instant(span, now, state, wishes, why):
    assert span.state(now) == state
    assert span.takes_wishes(now) is wishes
    assert read(span.why_no_addition(now)) == why
    assert span.takes_bookings(now) is (why == "")


@pytest.mark.parametrize(
    "span, rush, closing",
    [
        (CHRISTMAS, (OPENS, CLOSES), CLOSES),
        (WISHED, None, CLOSES),
        (GIVEN, None, CLOSES),
        (LEFT, (AGAIN, FOR_GOOD), FOR_GOOD),
        (replace(LEFT, allocated_at=None), (AGAIN, FOR_GOOD), CLOSES),
        (replace(LEFT, second_closes_at=None), None, CLOSES),
    ],
)
def test_when_places_go_to_who_comes_first_and_when_the_window_closes(span, rush, closing):
    assert span.rush == rush
    assert span.closing == closing
    assert replace(CHRISTMAS, allocated_at=AGAIN).is_allocated is False


def test_the_weeks_of_a_period_leave_out_public_holidays_and_days_that_do_not_run():
    weeks = weeks_of(CHRISTMAS, {0, 1, 2, 3, 4})
    assert [(week.monday, len(week.days)) for week in weeks] == [(date(2026, 12, 21), 4), (date(2026, 12, 28), 4)]
    assert [week.label for week in weeks] == ["du 21 au 24 décembre", "du 28 au 31 décembre"]
    assert (weeks[0].first, weeks[0].last) == (date(2026, 12, 21), date(2026, 12, 24))
    assert [week.label for week in weeks_of(CHRISTMAS, {4})] == []  # 25 December and 1 January
    [wednesday, _] = weeks_of(CHRISTMAS, {2})
    assert wednesday.label == "le 23 décembre"
    over_two_months = replace(CHRISTMAS, starts_on=date(2027, 6, 28), ends_on=date(2027, 7, 2))
    assert [week.label for week in weeks_of(over_two_months, range(5))] == ["du 28 juin au 2 juillet"]


@pytest.mark.parametrize(
    "day, why",
    [
        (date(2026, 12, 18), ClosedDay(ClosureKind.NO_PERIOD, "Hors vacances")),
        (date(2026, 12, 19), ClosedDay(ClosureKind.WEEKEND, "Week-end")),
        (date(2026, 12, 21), None),
        (date(2026, 12, 25), ClosedDay(ClosureKind.PUBLIC_HOLIDAY, "Noël")),
        (date(2027, 1, 4), ClosedDay(ClosureKind.NO_PERIOD, "Hors vacances")),
    ],
)
def test_why_a_centre_does_not_run(day, why):
    assert why_no_holiday([CHRISTMAS], day) == why


def test_both_ends_belong_to_a_period():
    assert [holiday_on([CHRISTMAS], date(2026, 12, 19)), holiday_on([CHRISTMAS], date(2027, 1, 3))] == [CHRISTMAS] * 2
    assert holiday_on([CHRISTMAS], date(2027, 1, 4)) is None


def test_a_partial_week_says_which_days_it_lacks():
    week = [date(2026, 12, day) for day in (21, 22, 23, 24)]
    assert missing_days(week, [week[2], week[0]]) == [week[1], week[3]]
    assert missing_days(week, week) == []
    assert missing_days(week, []) == []


def test_days_are_grouped_by_the_monday_of_their_week():
    days = [date(2027, 1, 4), date(2026, 12, 23), date(2026, 12, 21)]
    assert in_weeks(days) == {
        date(2026, 12, 21): [date(2026, 12, 21), date(2026, 12, 23)],
        date(2027, 1, 4): [date(2027, 1, 4)],
    }
    assert list(in_weeks(days)) == [date(2026, 12, 21), date(2027, 1, 4)]
    assert monday_of(date(2026, 12, 27)) == date(2026, 12, 21)

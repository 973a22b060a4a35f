"""What is usual, and when a household is reminded of it."""

from datetime import date, datetime, time, timedelta

import pytest

from castres_portal.base.clock import PARIS
from reservations.rules.deadlines import DeadlineKind, DeadlineRule
from reservations.rules.habits import days_to_remind, is_due, reminder_opens_at, usual_formula

DAY = date(2026, 12, 7)  # a Monday
BEFORE = [DAY - timedelta(weeks=weeks) for weeks in range(1, 9)]  # the latest first


@pytest.mark.parametrize(
    "story, booked, possible, usual",
    [
        ("tous les lundis", "1111", 4, True),
        ("tous, un oubli", "1101", 4, True),
        ("un oubli la semaine dernière", "0111", 4, True),
        ("deux rappels laissés sans suite : plus rien", "0011", 4, False),
        ("un lundi sur deux", "1010", 4, False),
        ("jamais", "0000", 4, False),
        ("trois semaines d’inscription, toutes réservées", "111", 3, True),
        ("trois semaines, deux réservées", "110", 3, False),
        ("deux semaines, les deux", "11", 2, True),
        ("une seule fois", "1", 1, False),
        ("pas encore inscrit", "", 0, False),
        ("autrefois, plus maintenant", "00001111", 8, False),
        ("depuis peu", "11110000", 8, True),
    ],
)
def test_what_is_usual(story, booked, possible, usual):
    taken = {day: "" for day, mark in zip(BEFORE, booked, strict=False) if mark == "1"}
    assert (usual_formula(taken, BEFORE[:possible], DAY) is not None) == usual, story


def test_the_formula_is_that_of_the_last_time():
    booked = {BEFORE[0]: "matin", BEFORE[1]: "journee-repas", BEFORE[2]: "journee-repas"}
    assert usual_formula(booked, BEFORE[:4], DAY) == "matin"


def test_other_weekdays_and_later_days_say_nothing():
    tuesdays = [day + timedelta(days=1) for day in BEFORE]
    assert usual_formula(dict.fromkeys(tuesdays, ""), tuesdays, DAY) is None
    later = [DAY + timedelta(weeks=weeks) for weeks in range(4)]
    assert usual_formula(dict.fromkeys(later, ""), later, DAY) is None


# --- When -------------------------------------------------------------------------------------------------------------

SEVEN_DAYS = DeadlineRule()
NOON_BEFORE = DeadlineRule(DeadlineKind.PREVIOUS, weekday=1, hour=time(12))  # the Tuesday before, noon
TWO_WORKING = DeadlineRule(days=2, working=True, hour=time(12))


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    "rule, day, opens",
    [
        (SEVEN_DAYS, date(2026, 12, 7), "2026-11-28T08:00"),
        (NOON_BEFORE, date(2026, 12, 9), "2026-12-06T08:00"),
        (
            TWO_WORKING,
            date(2026, 11, 13),
            "2026-11-08T08:00",
        ),  # the 11th is a public holiday: Tuesday 10 is the last day
        (DeadlineRule(days=0), date(2026, 12, 7), "2026-12-05T08:00"),
    ],
)
def test_a_reminder_leaves_two_days_before_the_last_day(rule, day, opens):
    opens_at = at(opens)
    assert reminder_opens_at(rule, day, 2) == opens_at
    assert is_due(rule, day, days_before=2, at=opens_at)
    assert not is_due(rule, day, days_before=2, at=opens_at - timedelta(seconds=1))
    assert is_due(rule, day, days_before=2, at=rule.until(day) - timedelta(seconds=1))
    assert not is_due(rule, day, days_before=2, at=rule.until(day))


WEEK = [date(2026, 12, 7), date(2026, 12, 8), date(2026, 12, 10), date(2026, 12, 11)]
NEXT_MONDAY = date(2026, 12, 14)


@pytest.mark.parametrize(
    "now, told",
    [
        ("2026-11-27T20:00", []),
        ("2026-11-28T09:00", WEEK),  # Monday is due: the whole week is said at once
        ("2026-12-01T09:00", WEEK[1:]),  # too late for Monday
        ("2026-12-05T09:00", [NEXT_MONDAY]),
    ],
)
def test_a_week_is_said_at_once(now, told):
    assert days_to_remind(SEVEN_DAYS, [*WEEK, NEXT_MONDAY], days_before=2, at=at(now)) == told

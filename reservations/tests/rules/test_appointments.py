"""When an appointment can be taken, changed and recalled, and which slots an opening makes: French examples, no database."""

from datetime import date, datetime, time

import pytest

from castres_portal.base.clock import PARIS
from reservations.rules.appointments import (
    AppointmentPolicy,
    Opening,
    child_key,
    days_in_words,
    plan_opening,
    slot_count,
)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


NOON_BEFORE = AppointmentPolicy(1, time(12), 1, time(12), 2, time(8))
WHOLE_DAYS = AppointmentPolicy(0, None, 2, None, 2, time(8))
MONDAY = at("2026-12-07T09:00")


@pytest.mark.parametrize(
    "policy, starts_at, until",
    [
        # The day before until noon, weekends as well: the rule counts days of the calendar.
        (NOON_BEFORE, MONDAY, "2026-12-06T12:00"),
        (NOON_BEFORE, at("2026-12-08T17:30"), "2026-12-07T12:00"),
        # Two whole days: still good on Saturday evening, no more on Sunday.
        (WHOLE_DAYS, MONDAY, "2026-12-06T00:00"),
        # The clocks change on the night before (last Sunday of March, of October): noon stays noon.
        (NOON_BEFORE, at("2027-03-29T09:00"), "2027-03-28T12:00"),
        (NOON_BEFORE, at("2026-10-26T09:00"), "2026-10-25T12:00"),
        (WHOLE_DAYS, at("2027-03-29T09:00"), "2027-03-28T00:00"),
    ],
)
def test_an_appointment_can_change_until(policy, starts_at, until):
    assert policy.change_until(starts_at) == at(until)


def test_a_slot_can_be_taken_until_its_hour_at_the_latest():
    assert WHOLE_DAYS.book_until(MONDAY) == MONDAY
    assert NOON_BEFORE.book_until(MONDAY) == at("2026-12-06T12:00")


@pytest.mark.parametrize(
    "starts_at, told_at, now, reminded",
    [
        ("2026-12-07T09:00", "2026-11-19T12:06", "2026-12-05T07:59", False),
        ("2026-12-07T09:00", "2026-11-19T12:06", "2026-12-05T08:00", True),
        # A run was skipped: the next one catches up, until the appointment begins.
        ("2026-12-07T09:00", "2026-11-19T12:06", "2026-12-07T08:59", True),
        ("2026-12-07T09:00", "2026-11-19T12:06", "2026-12-07T09:00", False),
        # Taken or moved since: she has just read the hour.
        ("2026-12-07T09:00", "2026-12-05T08:30", "2026-12-05T09:00", False),
        ("2026-12-07T09:00", "2026-12-05T08:00", "2026-12-05T09:00", False),
        # Two days before, at eight, whatever the clocks did in between.
        ("2027-03-29T09:00", "2027-03-01T12:00", "2027-03-27T07:59", False),
        ("2027-03-29T09:00", "2027-03-01T12:00", "2027-03-27T08:00", True),
        ("2026-10-26T09:00", "2026-10-01T12:00", "2026-10-24T07:59", False),
        ("2026-10-26T09:00", "2026-10-01T12:00", "2026-10-24T08:00", True),
    ],
)
def test_a_family_is_reminded_two_days_before(starts_at, told_at, now, reminded):
    assert NOON_BEFORE.must_remind(at(starts_at), told_at=at(told_at), at=at(now)) is reminded


# --- Openings ---------------------------------------------------------------------------------------------------------


def opening(**options):
    usual = {
        "receives": ["Mme Albert"],
        "weekdays": frozenset([1]),
        "first_day": date(2026, 11, 30),
        "weeks": 2,
        "opens": time(9),
        "closes": time(11),
        "minutes": 30,
    }
    return Opening(**(usual | options))


def plan(wanted, closed=(), busy=()):
    return plan_opening(wanted, why_closed=lambda day: "Férié" if day in closed else "", busy=busy)


def test_an_opening_makes_the_slots_of_its_weekdays_for_its_weeks():
    days = plan(opening())
    assert [day.day for day in days] == [date(2026, 12, 1), date(2026, 12, 8)]
    assert [f"{slot.starts_at:%H:%M}-{slot.ends_at:%H:%M}" for slot in days[0].slots] == [
        "09:00-09:30",
        "09:30-10:00",
        "10:00-10:30",
        "10:30-11:00",
    ]
    assert slot_count(days) == 8


def test_several_persons_receive_at_the_same_time():
    days = plan(opening(receives=["Mme Albert", "M. Pons"], weeks=1))
    assert [(slot.receives, f"{slot.starts_at:%H:%M}") for slot in days[0].slots][:2] == [
        ("Mme Albert", "09:00"),
        ("M. Pons", "09:00"),
    ]
    assert slot_count(days) == 8


@pytest.mark.parametrize(
    "options, starts",
    [
        # A last slot that would run past the closing hour is not made.
        ({"minutes": 45}, ["09:00", "09:45"]),
        # The pause moves what follows; nothing runs into it.
        ({"pause_from": time(9, 45), "pause_until": time(10, 15)}, ["09:00", "10:15"]),
        ({"pause_from": time(9), "pause_until": time(10)}, ["10:00", "10:30"]),
        ({"closes": time(9, 20)}, []),
        # A slot may end when the pause begins, and begin when it ends; half a pause is none.
        ({"pause_from": time(9, 30), "pause_until": time(10)}, ["09:00", "10:00", "10:30"]),
        ({"pause_from": time(9, 30)}, ["09:00", "09:30", "10:00", "10:30"]),
        ({"pause_until": time(10)}, ["09:00", "09:30", "10:00", "10:30"]),
    ],
)
def test_slots_keep_to_the_hours(options, starts):
    days = plan(opening(weeks=1, **options))
    assert [f"{slot.starts_at:%H:%M}" for slot in days[0].slots] == starts


def test_a_closed_day_is_skipped_and_says_why():
    days = plan(opening(), closed=[date(2026, 12, 1)])
    assert (days[0].day, days[0].closed, days[0].slots) == (date(2026, 12, 1), "Férié", ())
    assert slot_count(days) == 4


def test_a_time_at_which_the_person_already_receives_is_left_out():
    busy = [("Mme Albert", at("2026-12-01T09:15"), at("2026-12-01T09:45"))]
    assert [slot.clash for slot in plan(opening(weeks=1), busy=busy)[0].slots] == [True, True, False, False]
    assert not any(slot.clash for slot in plan(opening(weeks=1, receives=["M. Pons"]), busy=busy)[0].slots)
    next_door = [("Mme Albert", at("2026-12-01T09:30"), at("2026-12-01T10:00"))]
    assert [slot.clash for slot in plan(opening(weeks=1), busy=next_door)[0].slots] == [False, True, False, False]


def test_slots_hold_the_hour_of_the_clock_on_both_sides_of_a_change():
    days = plan(opening(weekdays=frozenset([0]), first_day=date(2027, 3, 22), weeks=2))
    assert [day.slots[0].starts_at.isoformat() for day in days] == [
        "2027-03-22T09:00:00+01:00",
        "2027-03-29T09:00:00+02:00",
    ]


# --- Words and keys ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "one, other, same",
    [
        ((None, "Zoë", date(2026, 5, 7), None), (None, "ZOE", date(2026, 5, 7), None), True),
        ((None, "Zoé", date(2026, 5, 7), None), (None, "Zoé", date(2026, 5, 8), None), False),
        ((None, "Zoé", date(2026, 5, 7), None), (None, "Léa", date(2026, 5, 7), None), False),
        ((None, "Anne-Lou", date(2026, 5, 7), None), (None, "anne lou", date(2026, 5, 7), None), True),
        ((None, "", None, date(2027, 3, 1)), (None, "", None, date(2027, 3, 1)), True),
        ((None, "", None, date(2027, 3, 1)), (None, "", date(2027, 3, 1), None), False),
        ((12, "", None, None), (12, "Léa", None, None), True),
        ((12, "", None, None), (1, "", None, None), False),
    ],
)
def test_two_requests_are_for_one_child(one, other, same):
    assert (child_key(*one) == child_key(*other)) is same


@pytest.mark.parametrize(
    "days, words",
    [([], ""), ([2], "mercredi"), ([4, 0], "lundi et vendredi"), ([0, 1, 3], "lundi, mardi et jeudi")],
)
def test_days_are_written_as_a_sentence_does(days, words):
    assert days_in_words(days) == words

"""What a calendar feed says, without a database."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from castres_portal.base.clock import PARIS
from reservations.rules.agenda import hours_of, limit_of, moment_before, period_events, short_names, week_limits
from reservations.rules.calendar import ClosedDay, ClosureKind
from reservations.rules.deadlines import DeadlineKind, DeadlineRule
from reservations.rules.decide import DayContext, Period, Policy, decide
from reservations.rules.holidays import HolidaySpan

MADE = datetime(2026, 9, 1, 12, 0, tzinfo=PARIS)
NOON = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)
MONDAY = date(2026, 12, 7)
YEAR = Period(date(2026, 9, 1), date(2027, 7, 2))
MEALS = Policy(frozenset({0, 1, 3, 4}))


def a_day(day=MONDAY, **fields):
    return replace(DayContext(day=day, policy=MEALS, family=1, household=1, enrolments=(YEAR,)), **fields)


@pytest.mark.parametrize(
    "first_names, said",
    [
        (["Léa"], ["L."]),
        (["Tom", "Léa"], ["T.", "L."]),
        (["Lucas", "Lucie", "Zoé"], ["Luca.", "Luci.", "Z."]),
        (["Anne", "Annette"], ["Anne", "Annet."]),
        (["Léo", "Zoé", "Léo"], ["L. 1", "Z.", "L. 2"]),
        (["É"], ["É"]),
        ([], []),
    ],
)
def test_brothers_and_sisters_are_told_apart_by_as_few_letters_as_it_takes(first_names, said):
    assert short_names(first_names) == said


def test_an_activity_without_real_hours_is_the_whole_day():
    assert hours_of(MONDAY, time(0), time(0)) == (MONDAY, date(2026, 12, 8))
    assert hours_of(MONDAY, time(11, 30), time(13, 30))[0] == datetime(2026, 12, 7, 11, 30, tzinfo=PARIS)


RULES = st.builds(
    DeadlineRule,
    kind=st.sampled_from(DeadlineKind),
    days=st.integers(0, 15),
    hour=st.sampled_from([None, time(9), time(12), time(23, 59)]),
    working=st.booleans(),
    weekday=st.integers(0, 6),
)


@given(
    add=RULES,
    cancel=RULES,
    booked=st.sets(st.integers(0, 4)),
    at=st.datetimes(datetime(2026, 11, 1), datetime(2026, 12, 31)),
)
def test_the_last_moment_of_a_week_is_the_first_that_the_calendar_says_of_its_days(add, cancel, booked, at):
    at = at.replace(tzinfo=PARIS)
    policy = Policy(frozenset(range(5)), add, cancel)
    week = [
        a_day(MONDAY + timedelta(days=number), policy=policy, booked_by=1 if number in booked else None)
        for number in range(5)
    ]
    limits = [limit for context in week if (limit := limit_of(context, "Cantine", at))]

    (event,) = week_limits(limits, changed_at=MADE)

    open_days = [decide(context, at) for context in week]
    said = [decision for decision in open_days if decision.until]
    assert all(
        limit.until == decision.until for limit, decision in zip(limits, open_days, strict=True) if decision.until
    )
    if len(said) == len(week):  # nothing is late yet
        first = min(said, key=lambda decision: decision.until)
        ends = first.until.date() if first.hour is None else first.until
        assert event.ends == ends
    assert event.starts < event.ends


def test_the_event_stays_where_it_was_once_its_moment_is_past():
    before, after = (
        week_limits([limit_of(a_day(), "Cantine", at)], changed_at=MADE) for at in (NOON, NOON.replace(month=12))
    )
    assert before == after
    assert (before[0].starts, before[0].ends) == (date(2026, 11, 30), date(2026, 12, 1))
    assert "Lundi 7 décembre 2026\u00a0: jusqu’au lundi 30 novembre 2026 (Cantine)" in before[0].description


def test_activities_with_the_same_moment_share_an_event_and_the_others_have_their_own():
    late = Policy(MEALS.weekdays, DeadlineRule(days=1, hour=time(9)), DeadlineRule(days=1, hour=time(9)))
    limits = [
        limit_of(a_day(), "Cantine", NOON),
        limit_of(a_day(), "Accueil du soir", NOON),
        limit_of(a_day(policy=late), "Étude", NOON),
    ]

    week, study = week_limits(limits, changed_at=MADE)

    assert week.summary == "Dernier moment pour changer la semaine du 7 décembre\u00a0: Cantine, Accueil du soir"
    assert study.ends == datetime(2026, 12, 6, 9, 0, tzinfo=PARIS)
    assert week.uid != study.uid


@pytest.mark.parametrize(
    "context",
    [
        a_day(household=2),
        a_day(enrolments=()),
        a_day(booked_by=2),
        a_day(places_left=0),
        a_day(closure=ClosedDay(ClosureKind.HOLIDAYS, "Vacances de Noël")),
    ],
)
def test_a_day_that_the_household_cannot_change_has_no_last_moment(context):
    assert limit_of(context, "Cantine", NOON) is None


def test_a_moment_with_an_hour_ends_at_it_even_when_the_clocks_change():
    until = datetime(2027, 3, 28, 3, 0, tzinfo=PARIS)
    starts, ends = moment_before(until, whole_day=False)
    assert ends == until
    assert ends.timestamp() - starts.timestamp() == 30 * 60


def test_the_openings_of_a_period_by_wishes_and_of_what_is_left():
    def instant(day):
        return datetime(2026, 12, day, 8, 0, tzinfo=PARIS)

    span = HolidaySpan(
        "Hiver",
        date(2027, 2, 8),
        date(2027, 2, 19),
        instant(1),
        instant(5),
        True,
        None,
        7,
        False,
        instant(10),
        instant(20),
    )

    def words(at):
        return [event.summary for event in period_events(span, "Hiver (centre)", at=at, changed_at=MADE)]

    assert words(NOON) == [
        "Ouverture\u00a0: les vœux pour Hiver (centre)",
        "Dernier moment\u00a0: les vœux pour Hiver (centre)",
        "Ouverture\u00a0: places restantes de Hiver (centre)",
        "Dernier moment\u00a0: places restantes de Hiver (centre)",
    ]
    assert words(instant(15)) == words(NOON)[2:]
    opening, closing, left, end_of_left = period_events(span, "Hiver (centre)", at=NOON, changed_at=MADE)
    # An opening lasts from its instant on, a closing up to it.
    assert (opening.starts, opening.ends) == (instant(1), instant(1) + timedelta(minutes=30))
    assert (closing.starts, closing.ends) == (instant(5) - timedelta(minutes=30), instant(5))
    assert (left.starts, left.ends) == (instant(10), instant(10) + timedelta(minutes=30))
    assert (end_of_left.starts, end_of_left.ends) == (instant(20) - timedelta(minutes=30), instant(20))
    assert [event.uid for event in (opening, closing, left, end_of_left)] == [
        "periode-7-ouverture-202612010800",
        "periode-7-cloture-202612050800",
        "periode-7-places-202612100800",
        "periode-7-fin-places-202612200800",
    ]
    assert {event.changed_at for event in (opening, closing, left, end_of_left)} == {MADE}
    # A past opening stays seven days, its last instant included.
    assert len(words(instant(1) + timedelta(days=7))) == 4
    assert len(words(instant(1) + timedelta(days=7, seconds=1))) == 3
    booked = replace(span, wishes=False, second_closes_at=None)
    assert [event.summary for event in period_events(booked, "Hiver", at=NOON, changed_at=MADE)] == [
        "Ouverture\u00a0: les demandes pour Hiver",
        "Dernier moment\u00a0: les demandes pour Hiver",
    ]


def test_an_activity_with_hours_is_between_them_in_paris():
    starts, ends = hours_of(date(2027, 3, 29), time(7, 30), time(8, 30))
    assert (starts.isoformat(), ends.isoformat()) == ("2027-03-29T07:30:00+02:00", "2027-03-29T08:30:00+02:00")

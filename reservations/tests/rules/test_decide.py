"""The one function of law 1, in examples."""

from dataclasses import replace
from datetime import date, datetime, time

import pytest

from castres_portal.base.clock import PARIS
from castres_portal.base.tests.reading import read
from reservations.rules.calendar import ClosedDay, ClosureKind
from reservations.rules.deadlines import DeadlineRule
from reservations.rules.decide import DayContext, Period, Policy, ReasonCode, decide, example, notice
from reservations.rules.holidays import HolidaySpan, why_no_holiday
from reservations.tests.town import zone_c

MARTIN, DURAND = 1, 2
CANTEEN = Policy(weekdays=frozenset({0, 1, 3, 4}))
YEAR = Period(date(2026, 9, 1), date(2027, 7, 2))
NOON = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)
TUESDAY = date(2026, 12, 8)


def a_day(day=TUESDAY, **changes):
    context = DayContext(
        day=day,
        policy=CANTEEN,
        family=MARTIN,
        household=MARTIN,
        closure=zone_c().why_closed(day),
        enrolments=(YEAR,),
    )
    return replace(context, **changes)


def test_a_free_school_day_can_be_added_until_its_deadline():
    decision = decide(a_day(), NOON)
    assert decision.can_add
    assert not decision.can_cancel
    assert decision.is_open
    assert decision.reason is None
    assert decision.until == datetime(2026, 12, 2, tzinfo=PARIS)
    assert decision.until_text == "jusqu’au mardi 1er décembre 2026"
    assert decision.until_short == "jusqu’au 1er\u00a0déc."


def test_a_booked_day_can_be_cancelled_until_its_own_deadline():
    policy = replace(CANTEEN, cancel=DeadlineRule(days=1, hour=time(9)))
    decision = decide(a_day(policy=policy, booked_by=MARTIN), NOON)
    assert decision.can_cancel
    assert not decision.can_add
    assert decision.until_text == "jusqu’au lundi 7 décembre 2026 à 9\u00a0h"
    assert decision.until_short == "jusqu’au 7\u00a0déc., 9\u00a0h"


@pytest.mark.parametrize(
    "context, code, sentence",
    [
        (a_day(date(2026, 11, 26)), ReasonCode.DEADLINE, None),
        (a_day(date(2026, 11, 25)), ReasonCode.WEEKDAY, "pas de service le mercredi"),
        (
            a_day(date(2026, 11, 24)),
            ReasonCode.DEADLINE,
            "délai de 7 jours dépassé, c’était possible jusqu’au mardi 17 novembre 2026",
        ),
        (a_day(date(2026, 11, 17)), ReasonCode.PAST, "ce jour est passé"),
        (a_day(date(2026, 11, 11)), ReasonCode.PUBLIC_HOLIDAY, "jour férié (Armistice)"),
        (a_day(date(2026, 12, 21)), ReasonCode.HOLIDAYS, "pas d’école\u00a0: vacances de Noël"),
        (a_day(date(2027, 5, 7)), ReasonCode.BRIDGE, "pas d’école\u00a0: pont de l’Ascension"),
        (a_day(date(2026, 12, 12)), ReasonCode.WEEKEND, "pas d’école le week-end"),
        (a_day(date(2027, 8, 3)), ReasonCode.OUT_OF_YEAR, "pas d’école\u00a0: vacances d’été"),
        (a_day(enrolments=()), ReasonCode.NOT_ENROLLED, "l’enfant n’a pas d’inscription à cette activité"),
        (
            a_day(enrolments=(Period(date(2027, 1, 7), date(2027, 7, 2)),)),
            ReasonCode.NOT_ENROLLED,
            "l’inscription ne commence que le 7 janvier 2027",
        ),
        (
            a_day(enrolments=(Period(date(2026, 9, 1), date(2026, 10, 30)),)),
            ReasonCode.NOT_ENROLLED,
            "l’inscription a pris fin le 30 octobre 2026",
        ),
        (a_day(household=DURAND), ReasonCode.OTHER_WEEK, "semaine de garde de l’autre foyer"),
        (a_day(household=None), ReasonCode.OTHER_WEEK, "l’enfant n’habite pas chez vous à cette date"),
        # What the other household booked in its own weeks is its own business.
        (a_day(household=DURAND, booked_by=DURAND), ReasonCode.OTHER_WEEK, "semaine de garde de l’autre foyer"),
        (a_day(booked_by=DURAND), ReasonCode.OTHER_HOUSEHOLD, "ce jour est réservé par l’autre foyer"),
        (a_day(places_left=0), ReasonCode.FULL, "il ne reste plus de place ce jour-là"),
    ],
)
def test_a_day_that_cannot_be_added_says_why(context, code, sentence):
    at = datetime(2026, 11, 20, 12, 6, tzinfo=PARIS)
    decision = decide(context, at)
    assert not decision.is_open
    assert decision.until is None
    assert decision.until_text == "" == decision.until_short
    assert decision.reason.code == code
    assert decision.reason.short
    if sentence:
        assert decision.reason.sentence == sentence


@pytest.mark.parametrize(
    "changes", [{"places_left": 1}, {"places_left": None}, {"household": MARTIN}, {"booked_by": None}]
)
def test_the_same_day_is_open_without_what_refuses_it(changes):
    assert decide(a_day(**changes), NOON).can_add


@pytest.mark.parametrize(
    "changes",
    [
        {"household": DURAND},
        {"enrolments": ()},
        {"places_left": 0},
        {"closure": zone_c().why_closed(date(2026, 12, 24))},
    ],
)
def test_one_s_own_booking_can_be_given_back_whatever_has_happened_since(changes):
    assert decide(a_day(booked_by=MARTIN, **changes), NOON).can_cancel


def test_nothing_changes_one_second_late():
    last = datetime(2026, 12, 1, 23, 59, 59, tzinfo=PARIS)
    late = datetime(2026, 12, 2, tzinfo=PARIS)
    assert decide(a_day(), last).can_add
    assert decide(a_day(booked_by=MARTIN), last).can_cancel
    assert decide(a_day(), late).reason.code == ReasonCode.DEADLINE
    assert decide(a_day(booked_by=MARTIN), late).reason.code == ReasonCode.DEADLINE


TOO_LATE = datetime(2026, 12, 3, 9, tzinfo=PARIS)
LAST_SECOND, MIDNIGHT = datetime(2026, 12, 8, 23, 59, 59, tzinfo=PARIS), datetime(2026, 12, 9, tzinfo=PARIS)


@pytest.mark.parametrize(
    "changes, at, give_back, take_back",
    [
        # In time, it is cancelled.
        ({"resells": True}, NOON, False, False),
        # Too late, it can be left to others where the activity says so, until the day is over.
        ({"resells": True}, TOO_LATE, True, False),
        ({"resells": False}, TOO_LATE, False, False),
        ({"resells": True}, LAST_SECOND, True, False),
        ({"resells": True}, MIDNIGHT, False, False),
        ({"resells": True, "absent": True}, TOO_LATE, False, False),
        ({"resells": True, "booked_by": DURAND}, TOO_LATE, False, False),
        ({"resells": True, "booked_by": None}, TOO_LATE, False, False),
        # Given back, it can be taken back while its place is nobody's.
        ({"resells": True, "given_back": True, "places_left": 1}, TOO_LATE, False, True),
        ({"resells": True, "given_back": True, "places_left": None}, TOO_LATE, False, True),
        ({"resells": True, "given_back": True, "places_left": 0}, TOO_LATE, False, False),
        ({"resells": True, "given_back": True, "places_left": 1}, MIDNIGHT, False, False),
        # The rule changed since: the family has its day back all the same.
        ({"resells": False, "given_back": True, "places_left": 1}, NOON, False, True),
    ],
)
def test_a_day_too_late_to_cancel_can_be_left_to_others(changes, at, give_back, take_back):
    decision = decide(a_day(**({"booked_by": MARTIN} | changes)), at)
    assert (decision.can_give_back, decision.can_take_back) == (give_back, take_back)


@pytest.mark.parametrize(
    "policy, text",
    [
        (CANTEEN, "Un jour se réserve ou s’annule jusqu’à 7 jours avant."),
        (
            replace(CANTEEN, add=DeadlineRule(days=1, hour=time(9)), cancel=DeadlineRule(days=0, hour=time(8, 30))),
            "Un jour se réserve jusqu’à la veille à 9\u00a0h et s’annule jusqu’au jour même à 8\u00a0h\u00a030.",
        ),
    ],
)
def test_the_rule_is_said_in_one_sentence(policy, text):
    assert notice(policy) == text


@pytest.mark.parametrize(
    "context, at, code, short, sentence",
    [
        (a_day(date(2026, 11, 25)), NOON, ReasonCode.WEEKDAY, "Fermé", "pas de service le mercredi"),
        (a_day(date(2026, 11, 11)), NOON, ReasonCode.PUBLIC_HOLIDAY, "Férié : Armistice", "jour férié (Armistice)"),
        (a_day(date(2026, 12, 12)), NOON, ReasonCode.WEEKEND, "Week-end", "pas d’école le week-end"),
        (
            a_day(date(2026, 12, 21)),
            NOON,
            ReasonCode.HOLIDAYS,
            "Vacances de Noël",
            "pas d’école : vacances de Noël",
        ),
        (
            a_day(closure=ClosedDay(ClosureKind.NO_PERIOD, "Hors vacances")),
            NOON,
            ReasonCode.NO_PERIOD,
            "Hors vacances",
            "l’accueil n’ouvre que pendant les vacances",
        ),
        (
            a_day(enrolments=()),
            NOON,
            ReasonCode.NOT_ENROLLED,
            "Sans inscription",
            "l’enfant n’a pas d’inscription à cette activité",
        ),
        (
            a_day(enrolments=(Period(date(2027, 3, 1), YEAR.ends_on), Period(date(2027, 1, 7), date(2027, 2, 1)))),
            NOON,
            ReasonCode.NOT_ENROLLED,
            "Sans inscription",
            "l’inscription ne commence que le 7 janvier 2027",
        ),
        (
            a_day(household=None),
            NOON,
            ReasonCode.OTHER_WEEK,
            "Hors garde",
            "l’enfant n’habite pas chez vous à cette date",
        ),
        (
            a_day(household=DURAND),
            NOON,
            ReasonCode.OTHER_WEEK,
            "Autre semaine de garde",
            "semaine de garde de l’autre foyer",
        ),
        (
            a_day(booked_by=DURAND),
            NOON,
            ReasonCode.OTHER_HOUSEHOLD,
            "Réservé par l’autre foyer",
            "ce jour est réservé par l’autre foyer",
        ),
        (a_day(places_left=0), NOON, ReasonCode.FULL, "Complet", "il ne reste plus de place ce jour-là"),
        (a_day(places_left=-1), NOON, ReasonCode.FULL, "Complet", "il ne reste plus de place ce jour-là"),
        (a_day(date(2026, 11, 17)), NOON, ReasonCode.PAST, "Jour passé", "ce jour est passé"),
        (
            a_day(date(2026, 11, 24)),
            NOON,
            ReasonCode.DEADLINE,
            "Délai dépassé",
            "délai de 7 jours dépassé, c’était possible jusqu’au mardi 17 novembre 2026",
        ),
    ],
)
def test_the_calendar_and_the_receipt_say_the_reason(context, at, code, short, sentence):
    found = decide(context, at).reason
    assert (found.code, read(found.short), read(found.sentence)) == (code, short, sentence)


@pytest.mark.parametrize(
    "rule, until, short",
    [
        (DeadlineRule(), "jusqu’au mardi 1er décembre 2026", "jusqu’au 1er déc."),
        (DeadlineRule(days=1, hour=time(9)), "jusqu’au lundi 7 décembre 2026 à 9 h", "jusqu’au 7 déc., 9 h"),
    ],
)
def test_until_when_is_said_in_full_and_shortly(rule, until, short):
    decision = decide(a_day(policy=replace(CANTEEN, add=rule)), NOON)
    assert (read(decision.until_text), read(decision.until_short)) == (until, short)


@pytest.mark.parametrize(
    "policy, today, said",
    [
        (replace(CANTEEN, weekdays=frozenset()), date(2026, 11, 25), "Aucun jour de la semaine n’est coché."),
        (
            CANTEEN,
            date(2026, 11, 25),
            "Le lundi 30 novembre 2026 se réserve et s’annule jusqu’au lundi 23 novembre 2026.",
        ),
        # Said on a Monday, it is of the next one.
        (
            CANTEEN,
            date(2026, 11, 30),
            "Le lundi 7 décembre 2026 se réserve et s’annule jusqu’au lundi 30 novembre 2026.",
        ),
        (
            Policy(frozenset({2, 4}), add=DeadlineRule(days=2), cancel=DeadlineRule(days=1, hour=time(9))),
            date(2026, 11, 25),
            "Le mercredi 2 décembre 2026 se réserve jusqu’au lundi 30 novembre 2026 "
            "et s’annule jusqu’au mardi 1er décembre 2026 à 9 h.",
        ),
    ],
)
def test_an_agent_reads_what_a_rule_means(policy, today, said):
    assert read(example(policy, today)) == said


# --- Closed by agents, in the holidays, at the counter ----------------------------------------------------------------

STRIKE = ClosedDay(ClosureKind.STOPPED, "Grève des agents")
WINTER = HolidaySpan(
    label="Vacances d’hiver",
    starts_on=date(2027, 2, 8),
    ends_on=date(2027, 2, 19),
    opens_at=datetime(2026, 12, 1, 8, tzinfo=PARIS),
    closes_at=datetime(2027, 1, 15, 23, tzinfo=PARIS),
)
CENTRE = Policy(weekdays=frozenset(range(5)), in_holidays=True)
IN_WINTER = date(2027, 2, 9)


def a_holiday(span=WINTER, day=IN_WINTER, **changes):
    closure = why_no_holiday([span], day)
    holiday = span if closure is None else None
    return a_day(day, policy=CENTRE, closure=closure, holiday=holiday, **changes)


def test_a_day_that_agents_closed_is_not_booked_and_is_given_back():
    decision = decide(a_day(closure=STRIKE), NOON)
    assert decision.reason.code == ReasonCode.STOPPED
    assert (decision.reason.short, decision.reason.sentence) == ("Grève des agents", "service fermé (Grève des agents)")
    assert decide(a_day(closure=STRIKE, booked_by=MARTIN), NOON).can_cancel


@pytest.mark.parametrize(
    "at, code, sentence",
    [
        (NOON, ReasonCode.NOT_YET, "les demandes ouvrent le mardi 1er décembre 2026 à 8\u00a0h"),
        (datetime(2026, 12, 1, 7, 59, 59, tzinfo=PARIS), ReasonCode.NOT_YET, None),
        (datetime(2027, 1, 15, 23, tzinfo=PARIS), ReasonCode.CLOSED, None),
    ],
)
def test_a_period_that_is_not_open_takes_nobody_and_says_when(at, code, sentence):
    decision = decide(a_holiday(), at)
    assert decision.reason.code == code
    assert sentence in (None, decision.reason.sentence)


@pytest.mark.parametrize("at", [datetime(2026, 12, 1, 8, tzinfo=PARIS), datetime(2027, 1, 15, 22, 59, tzinfo=PARIS)])
def test_a_period_that_is_open_takes_bookings_until_it_closes(at):
    decision = decide(a_holiday(), at)
    assert decision.can_add
    assert decision.until_text == "jusqu’au vendredi 15 janvier 2027 à 23\u00a0h"


def test_wishes_are_not_booked_until_they_are_allocated():
    open_at = datetime(2026, 12, 2, tzinfo=PARIS)
    wishes = replace(WINTER, wishes=True)
    assert decide(a_holiday(wishes), open_at).reason.code == ReasonCode.WISHES
    closed = decide(a_holiday(wishes), datetime(2027, 1, 15, 23, tzinfo=PARIS))
    assert closed.reason.sentence == "les vœux sont clos et les places vont être attribuées"


def test_what_the_allocation_leaves_is_booked_in_a_second_opening_or_by_agents_alone():
    allocated = replace(WINTER, wishes=True, allocated_at=datetime(2027, 1, 18, 9, tzinfo=PARIS))
    second = replace(
        allocated,
        second_opens_at=datetime(2027, 1, 20, 8, tzinfo=PARIS),
        second_closes_at=datetime(2027, 1, 25, 23, tzinfo=PARIS),
    )
    before, inside = datetime(2027, 1, 20, 7, 59, 59, tzinfo=PARIS), datetime(2027, 1, 20, 8, tzinfo=PARIS)
    assert "attribuées\u00a0; pour ce qui reste" in decide(a_holiday(allocated), inside).reason.sentence
    assert decide(a_holiday(allocated), inside, at_desk=True).can_add
    assert decide(a_holiday(second), before).reason.code == ReasonCode.NOT_YET
    assert decide(a_holiday(second), inside).until_text == "jusqu’au lundi 25 janvier 2027 à 23\u00a0h"


@pytest.mark.parametrize(
    "day, code",
    [
        (date(2027, 2, 23), ReasonCode.NO_PERIOD),
        (date(2027, 2, 13), ReasonCode.WEEKEND),
        (date(2026, 11, 11), ReasonCode.PUBLIC_HOLIDAY),
    ],
)
def test_a_centre_of_the_holidays_runs_in_its_periods_alone(day, code):
    assert decide(a_holiday(day=day), datetime(2026, 12, 2, tzinfo=PARIS)).reason.code == code


def test_at_the_counter_the_deadline_gives_way_until_the_end_of_the_day():
    late = datetime(2026, 12, 8, 9, tzinfo=PARIS)
    assert decide(a_day(), late).reason.code == ReasonCode.DEADLINE
    assert decide(a_day(), late, at_desk=True).can_add
    assert decide(a_day(booked_by=MARTIN), late, at_desk=True).can_cancel
    over = datetime(2026, 12, 9, tzinfo=PARIS)
    assert decide(a_day(), over, at_desk=True).reason.code == ReasonCode.PAST
    assert decide(a_holiday(), NOON, at_desk=True).can_add


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"closure": STRIKE}, ReasonCode.STOPPED),
        ({"household": DURAND}, ReasonCode.OTHER_WEEK),
        ({"enrolments": ()}, ReasonCode.NOT_ENROLLED),
        ({"places_left": 0}, ReasonCode.FULL),
    ],
)
def test_at_the_counter_nothing_else_gives_way(changes, code):
    assert decide(a_day(**changes), NOON, at_desk=True).reason.code == code

"""What an absence does to the invoice, in examples: the canteen of the demonstration and other rules that towns have."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from castres_portal.base.clock import PARIS, midnight
from castres_portal.base.tests.reading import read
from reservations.rules.absences import (
    AbsencePolicy,
    Charge,
    Effect,
    ReasonPolicy,
    absence_example,
    announce_sentence,
    announce_until,
    effects_of,
    proof_deadline,
    proof_until,
    ranks,
    reason_sentence,
    until_text,
)
from reservations.rules.deadlines import deadline
from reservations.rules.decide import DayContext, Policy, decide

CANTEEN = Policy(weekdays=frozenset({0, 1, 3, 4}))
POLICY = AbsencePolicy(announce_days=2, proof_hours=48)
ILLNESS = ReasonPolicy("Maladie", needs_proof=True, charge=Charge.AFTER_CARENCE, carence_days=1)
OUTING = ReasonPolicy("Sortie")
OTHER = ReasonPolicy("Autre", charge=Charge.CHARGED)
# A week of December 2026: Monday 7, Tuesday 8, Thursday 10, Friday 11; then Monday 14.
MON, TUE, THU, FRI, NEXT = (date(2026, 12, number) for number in (7, 8, 10, 11, 14))
WEEK = [MON, TUE, THU, FRI, NEXT]


def at(day, hour=8, minute=0, second=0):
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=PARIS)


def decisions(days, instant, policy=CANTEEN):
    return {day: decide(DayContext(day, policy, 1, 1, booked_by=1), instant) for day in days}


def effects(days, instant, *, reason=ILLNESS, policy=POLICY, earlier=(), booked=WEEK):
    found = effects_of(
        decisions(days, instant), policy=policy, reason=reason, earlier=earlier, booked=booked, at=instant
    )
    return [found[day].effect for day in sorted(days)]


C, F, P, K = Effect.CANCELLED, Effect.FREE, Effect.FREE_WITH_PROOF, Effect.CARENCE
X, L, T = Effect.CHARGED, Effect.PROOF_TOO_LATE, Effect.TOO_LATE


@pytest.mark.parametrize(
    "days, instant, reason, expected",
    [
        # Telling early enough is cancelling, whatever the reason.
        ([MON], at(date(2026, 11, 30), 23, 59, 59), ILLNESS, [C]),
        ([MON], at(date(2026, 11, 30), 23, 59, 59), OTHER, [C]),
        ([MON], at(date(2026, 12, 1), 0), OUTING, [F]),
        # Ill on Monday morning: the first day stays charged, the others wait for the certificate.
        ([MON], at(MON), ILLNESS, [K]),
        ([MON, TUE, THU], at(MON), ILLNESS, [K, P, P]),
        ([MON, TUE, FRI], at(MON), ILLNESS, [K, P, K]),  # she eats on Thursday: the row begins again
        ([FRI, NEXT], at(FRI), ILLNESS, [K, P]),  # the weekend does not count
        # Told afterwards: until two days after, midnight excluded.
        ([MON], at(date(2026, 12, 9), 23, 59, 59), OUTING, [F]),
        ([MON], at(date(2026, 12, 10), 0), OUTING, [T]),
        ([MON, TUE, THU], at(date(2026, 12, 10), 0), ILLNESS, [T, K, P]),  # Monday is not an absence any more
        # A reason that excuses nothing.
        ([MON, TUE], at(MON), OTHER, [X, X]),
        # Some days to cancel, others too near.
        ([MON, NEXT], at(date(2026, 12, 7), 23, 59), ILLNESS, [K, C]),
    ],
)
def test_each_day_has_its_effect(days, instant, reason, expected):
    assert effects(days, instant, reason=reason) == expected


def test_an_absence_that_goes_on_has_no_second_carence():
    assert effects([TUE], at(TUE), earlier=[MON]) == [P]
    assert effects([TUE], at(TUE), earlier=[]) == [K]
    assert effects([NEXT], at(NEXT), earlier=[FRI]) == [P]
    assert effects([FRI], at(FRI), earlier=[MON]) == [K]  # she came on Tuesday and Thursday


def test_a_proof_that_comes_too_late_excuses_nothing():
    short = replace(POLICY, proof_hours=24)
    days, late = [MON, TUE], at(date(2026, 12, 9), 12)
    assert effects(days, at(date(2026, 12, 8), 23, 59), policy=short) == [K, P]
    assert effects(days, late, policy=short) == [K, L]
    assert effects(days, late, policy=POLICY) == [K, P]


def test_three_days_of_carence_are_counted_one_by_one():
    reason = replace(ILLNESS, carence_days=3)
    found = effects_of(decisions(WEEK[:4], at(MON)), policy=POLICY, reason=reason, earlier=(), booked=WEEK, at=at(MON))
    assert [found[day].clause for day in WEEK[:4]] == [
        "le jour reste facturé, c’est le 1er des 3 jours de carence",
        "le jour reste facturé, c’est le 2e des 3 jours de carence",
        "le jour reste facturé, c’est le 3e des 3 jours de carence",
        "le jour n’est pas facturé si le justificatif est accepté",
    ]


@pytest.mark.parametrize(
    "policy, day, until",
    [
        (AbsencePolicy(0), MON, "jusqu’au lundi 7 décembre 2026"),
        (AbsencePolicy(2), MON, "jusqu’au mercredi 9 décembre 2026"),
        (AbsencePolicy(0, time(9)), MON, "jusqu’au lundi 7 décembre 2026 à 9\u00a0h"),
        (AbsencePolicy(1, time(10, 30)), MON, "jusqu’au mardi 8 décembre 2026 à 10\u00a0h\u00a030"),
    ],
)
def test_until_when_an_absence_is_announced(policy, day, until):
    assert until_text(announce_until(day, policy)) == until


@pytest.mark.parametrize(
    "hours, first, until",
    [
        (48, MON, midnight(date(2026, 12, 10))),  # until Wednesday midnight
        (24, MON, midnight(date(2026, 12, 9))),
        (12, MON, datetime(2026, 12, 8, 12, tzinfo=PARIS)),
        (48, date(2026, 10, 23), midnight(date(2026, 10, 26))),  # the clock goes back on Sunday 25: still midnight
        (26, date(2027, 3, 26), datetime(2027, 3, 28, 3, tzinfo=PARIS)),  # 02:00 does not exist that night
    ],
)
def test_the_hours_of_a_proof_run_on_the_wall_clock_from_the_end_of_the_first_day(hours, first, until):
    assert proof_until(first, replace(POLICY, proof_hours=hours)) == until


def test_no_proof_is_awaited_when_none_would_change_the_invoice():
    for days, reason in (([MON], ILLNESS), ([MON, TUE], OTHER), ([MON, TUE], OUTING)):
        asked = decisions(days, at(MON))
        found = effects_of(asked, policy=POLICY, reason=reason, earlier=(), booked=WEEK, at=at(MON))
        assert proof_deadline(found, asked, POLICY, at(MON)) is None
    asked = decisions([MON, TUE], at(MON))
    found = effects_of(asked, policy=POLICY, reason=ILLNESS, earlier=(), booked=WEEK, at=at(MON))
    assert until_text(proof_deadline(found, asked, POLICY, at(MON))) == "jusqu’au mercredi 9 décembre 2026"


@pytest.mark.parametrize(
    "reason, sentence",
    [
        (
            ILLNESS,
            "Le premier jour d’absence reste facturé (carence). Les suivants ne le sont pas si le justificatif est donné "
            "sous 48\u00a0h et accepté.",
        ),
        (
            replace(ILLNESS, carence_days=2, needs_proof=False),
            "Les 2 premiers jours d’absence restent facturés (carence). Les suivants ne le sont pas.",
        ),
        (
            ReasonPolicy("Hôpital", needs_proof=True),
            "Le jour n’est pas facturé si le justificatif est donné sous 48\u00a0h et accepté.",
        ),
        (OUTING, "Le jour n’est pas facturé. Aucun justificatif à donner."),
        (OTHER, "Le jour reste facturé. Aucun justificatif à donner."),
    ],
)
def test_a_reason_says_what_it_asks_and_gives(reason, sentence):
    assert reason_sentence(reason, POLICY) == sentence


def test_agents_read_what_the_rule_means_for_the_next_monday():
    lines = absence_example(CANTEEN, POLICY, [ILLNESS, OTHER], date(2026, 11, 25))
    assert lines == [
        "Lundi 30 novembre 2026 : jusqu’au lundi 23 novembre 2026, prévenir annule la réservation, rien n’est facturé.",
        "Ensuite, et jusqu’au mercredi 2 décembre 2026, l’absence s’annonce et la réservation reste.",
        "Maladie : le lundi 30 novembre 2026, le jour reste facturé, c’est le jour de carence ; à partir du mardi 1er "
        "décembre 2026, le jour n’est pas facturé si le justificatif est accepté ; justificatif jusqu’au mercredi 2 "
        "décembre 2026.",
        "Autre : le lundi 30 novembre 2026, le jour reste facturé, ce motif n’en dispense pas.",
    ]


@pytest.mark.parametrize(
    "days, hour, said",
    [
        (0, None, "Une absence s’annonce au plus tard le jour même."),
        (0, time(9), "Une absence s’annonce au plus tard le jour même, avant 9 h."),
        (1, None, "Une absence s’annonce au plus tard le lendemain."),
        (2, time(8, 30), "Une absence s’annonce au plus tard 2 jours après, avant 8 h 30."),
    ],
)
def test_until_when_an_absence_is_announced_is_said(days, hour, said):
    assert read(announce_sentence(AbsencePolicy(announce_days=days, announce_hour=hour))) == said


def test_the_example_is_of_the_first_day_on_which_the_activity_runs():
    nowhere = Policy(weekdays=frozenset())
    assert absence_example(nowhere, POLICY, [OTHER], date(2026, 11, 25)) == ["Aucun jour de la semaine n’est coché."]
    wednesdays = Policy(weekdays=frozenset({2, 4}))
    at_nine = replace(POLICY, announce_days=0, announce_hour=time(9))
    assert [read(line) for line in absence_example(wednesdays, at_nine, [OUTING], date(2026, 11, 25))] == [
        "Mercredi 2 décembre 2026 : jusqu’au mercredi 25 novembre 2026, prévenir annule la réservation, rien n’est facturé.",
        "Ensuite, et jusqu’au mercredi 2 décembre 2026 à 9 h, l’absence s’annonce et la réservation reste.",
        "Sortie : le mercredi 2 décembre 2026, le jour n’est pas facturé.",
    ]


def test_three_days_of_carence_show_the_first_day_that_is_free():
    flu = replace(ILLNESS, carence_days=3, needs_proof=False)
    [*_, line] = absence_example(CANTEEN, POLICY, [flu], date(2026, 11, 25))
    assert read(line) == (
        "Maladie : le lundi 30 novembre 2026, le jour reste facturé, c’est le 1er des 3 jours de carence ; "
        "à partir du vendredi 4 décembre 2026, le jour n’est pas facturé."
    )


# --- Properties -------------------------------------------------------------------------------------------------------

school_days = st.sets(st.integers(0, 40), min_size=1, max_size=12).map(
    lambda offsets: [day for day in sorted(MON + timedelta(days=n) for n in offsets) if day.weekday() in (0, 1, 3, 4)]
)
instants = st.integers(0, 60 * 24 * 60).map(lambda minutes: at(date(2026, 11, 25), 0) + timedelta(minutes=minutes))
reasons = st.builds(
    lambda proof, charge, days: ReasonPolicy("Motif", proof, charge, days if charge == Charge.AFTER_CARENCE else 0),
    st.booleans(),
    st.sampled_from(Charge),
    st.integers(1, 4),
)
policies = st.builds(
    AbsencePolicy, st.integers(0, 5), st.one_of(st.none(), st.just(time(9))), st.sampled_from([1, 24, 48, 72, 240])
)


@given(days=school_days, instant=instants, reason=reasons, policy=policies)
def test_a_day_is_cancelled_announced_or_too_late_and_never_two_of_them(days, instant, reason, policy):
    found = effects_of(decisions(days, instant), policy=policy, reason=reason, earlier=(), booked=days, at=instant)
    assert set(found) == set(days)
    for day, effect in found.items():
        assert (effect.effect == Effect.CANCELLED) == (instant < deadline(day, 7, None))
        if effect.effect != Effect.CANCELLED:
            assert (effect.effect == Effect.TOO_LATE) == (instant >= announce_until(day, policy))
        assert effect.clause


@given(days=school_days, instant=instants, reason=reasons, policy=policies)
def test_no_more_days_are_charged_as_carence_in_a_row_than_the_rule_says(days, instant, reason, policy):
    found = effects_of(decisions(days, instant), policy=policy, reason=reason, earlier=(), booked=days, at=instant)
    absent = [day for day in days if found[day].is_absence]
    places = ranks(absent, days)
    for day in absent:
        if reason.charge == Charge.AFTER_CARENCE:
            assert (found[day].effect == Effect.CARENCE) == (places[day] <= reason.carence_days)
        if found[day].effect == Effect.FREE:
            assert not reason.needs_proof


@given(days=school_days, cut=st.integers(1, 11), reason=reasons)
def test_announcing_day_by_day_charges_the_same_carence_as_announcing_at_once(days, cut, reason):
    instant = at(days[0]) if days else at(MON)
    policy = AbsencePolicy(announce_days=5, proof_hours=720)
    near = [day for day in days if instant >= deadline(day, 7, None)]
    head, tail = near[:cut], near[cut:]
    whole = effects_of(decisions(near, instant), policy=policy, reason=reason, earlier=(), booked=days, at=instant)
    second = effects_of(decisions(tail, instant), policy=policy, reason=reason, earlier=head, booked=days, at=instant)
    assert {day: whole[day].effect for day in tail} == {day: row.effect for day, row in second.items()}

"""How a change reads, and what it is compared with; the weeks of a child and the exchanges, in examples."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from families.rules.custody import household_on, is_at_home
from families.rules.situation import LABELS, LINES, Change, differs, drift, drift_words, fingerprint, rows, write
from families.rules.weeks import coming_weeks, days_between, exchange_problem, rhythm_words

MOTHER, FATHER = 1, 2
TODAY = date(2026, 11, 19)


@dataclass
class Stay:
    rhythm: str
    family_id: int = MOTHER
    first_monday: date | None = None
    starts_on: date = date(2020, 1, 1)
    ends_on: date | None = None


@dataclass
class Swap:
    family_id: int
    starts_on: date
    ends_on: date


PARITY = [Stay("impaire", MOTHER), Stay("paire", FATHER)]
STRICT = [
    Stay("alternee", MOTHER, first_monday=date(2026, 8, 31)),
    Stay("alternee", FATHER, first_monday=date(2026, 9, 7)),
]

WORDS = [
    ("birth_date", "2018-05-07", "7 mai 2018"),
    ("school", {"id": 3, "label": "École primaire Lambert"}, "École primaire Lambert"),
    ("level", "CE2", "CE2"),
    ("level", "GS", "Grande section"),
    ("rhythm", "paire", "les semaines paires (numéro ISO)"),
    ("children", [{"id": 1, "label": "Léa"}, {"id": 2, "label": "Tom"}], "Léa, Tom"),
    ("contact_by", "courrier", "par courrier"),
    ("street_more", "", "–"),
    ("ends_on", None, "–"),
]


@pytest.mark.parametrize(("key", "value", "words"), WORDS)
def test_a_value_reads_in_french(key, value, words):
    assert write(key, value) == words


def test_before_and_after_of_a_school():
    before = {"school": {"id": 1, "label": "Villegoudou"}, "level": "CE1"}
    after = {"school": {"id": 2, "label": "Lambert"}, "level": "CE1", "starts_on": "2027-01-04", "reason": ""}
    assert [(line.label, line.before, line.after, line.changed) for line in rows(Change.SCHOOL, before, after)] == [
        ("École", "Villegoudou", "Lambert", True),
        ("Niveau", "CE1", "CE1", False),
        ("À partir du", "–", "4 janvier 2027", True),
    ]


def test_what_an_agent_put_right_and_what_has_moved_since_are_shown():
    before, after = {"level": "CE1"}, {"level": "CE2"}
    (line,) = rows(Change.SCHOOL, before, after, decided={"level": "CM1"}, now={"level": "CP"})
    assert (line.before, line.after, line.decided, line.now) == ("CE1", "CE2", "CM1", "CP")


def test_a_file_that_moved_is_named_and_one_that_did_not_is_not():
    before = {"street": "3 rue Villegoudou", "_stays": [1]}
    assert drift(before, dict(before)) == []
    assert drift(before, {"street": "8 rue Zola", "_stays": [1]}) == ["street"]
    assert "Adresse : 3 rue Villegoudou" in drift_words(before, {"street": "8 rue Zola", "_stays": [1]})
    assert "résidence" in drift_words(before, {"street": "3 rue Villegoudou", "_stays": [2]})


def test_nothing_to_change_is_noticed():
    before = {"street": "3 rue Villegoudou", "street_more": "", "postcode": "81100", "city": "Castres"}
    assert not differs(Change.ADDRESS, before, dict(before))
    assert differs(Change.ADDRESS, before, {**before, "street_more": "bâtiment B"})


def test_a_fingerprint_depends_on_values_not_on_their_order():
    assert fingerprint({"a": 1, "b": "é"}) == fingerprint({"b": "é", "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})


def test_each_change_has_its_lines_and_each_line_its_label():
    assert set(LINES) == set(Change)
    assert {key for lines in LINES.values() for key in lines} <= set(LABELS)


# --- Weeks ------------------------------------------------------------------------------------------------------------


def test_the_coming_weeks_in_words():
    weeks = coming_weeks(MOTHER, PARITY, [], TODAY, count=8)
    assert [(week.number, week.parts[0].words) for week in weeks] == [
        (47, "chez vous"),
        (48, "chez l’autre parent"),
        (49, "chez vous"),
        (50, "chez l’autre parent"),
        (51, "chez vous"),
        (52, "chez l’autre parent"),
        (53, "chez vous"),
        (1, "chez vous"),  # 53 then 1: two odd weeks
    ]


def test_a_week_cut_by_an_exchange_says_which_days():
    week = coming_weeks(MOTHER, PARITY, [Swap(FATHER, date(2026, 11, 21), date(2026, 11, 21))], TODAY, count=1)[0]
    assert [(part.days, part.words) for part in week.parts] == [
        ("du lundi au vendredi", "chez vous"),
        ("le samedi", "chez l’autre parent"),
        ("le dimanche", "chez vous"),
    ]
    assert week.exchanged


def test_a_rhythm_in_words():
    assert rhythm_words(STRICT[0]) == "une semaine sur deux, à partir du lundi 31 août 2026"


WEEK_47 = (date(2026, 11, 23), date(2026, 11, 29))  # week 48: the father's
WEEK_49 = (date(2026, 11, 30), date(2026, 12, 6))  # the mother's
PROBLEMS = [
    (WEEK_49, WEEK_47, [], ""),
    (WEEK_49, None, [], ""),
    (None, WEEK_47, [], ""),
    (None, None, [], "au moins"),
    (WEEK_47, None, [], "n’est pas chez vous"),
    (None, WEEK_49, [], "n’est pas chez l’autre parent"),
    ((date(2026, 11, 16), date(2026, 11, 22)), None, [], "sont passés"),
    ((date(2026, 12, 6), date(2026, 11, 30)), None, [], "précède"),
    ((date(2026, 11, 30), date(2027, 1, 10)), None, [], "31 jours"),
    (WEEK_49, None, [Swap(FATHER, date(2026, 12, 6), date(2026, 12, 8))], "déjà été échangés"),
]


@pytest.mark.parametrize(("gives", "takes", "swaps", "said"), PROBLEMS)
def test_what_may_be_exchanged(gives, takes, swaps, said):
    why = exchange_problem(
        gives=gives, takes=takes, family=MOTHER, other=FATHER, stays=PARITY, swaps=swaps, today=TODAY
    )
    assert (said in why) if said else not why


periods = st.tuples(st.integers(0, 500), st.integers(0, 12)).map(
    lambda pair: (TODAY + timedelta(days=pair[0]), TODAY + timedelta(days=pair[0] + pair[1]))
)
asks = st.lists(st.tuples(st.sampled_from([MOTHER, FATHER]), st.none() | periods, st.none() | periods), max_size=12)


@given(stays=st.sampled_from([PARITY, STRICT]), asked=asks)
def test_whatever_is_exchanged_a_day_has_one_household_and_one_agreement(stays, asked):
    """Over the two rhythms, the 53-week year included: what is allowed never gives two households to a day."""
    swaps = []
    for asker, gives, takes in asked:
        other = FATHER if asker == MOTHER else MOTHER
        if not exchange_problem(
            gives=gives, takes=takes, family=asker, other=other, stays=stays, swaps=swaps, today=TODAY
        ):
            swaps += [Swap(other, *gives)] if gives else []
            swaps += [Swap(asker, *takes)] if takes else []
    for day in days_between(TODAY, TODAY + timedelta(days=520)):
        agreed = [swap for swap in swaps if swap.starts_on <= day <= swap.ends_on]
        rhythm = [stay.family_id for stay in stays if is_at_home(stay, day)]
        assert len(agreed) <= 1
        assert len(rhythm) == 1
        home = household_on(day, stays, swaps)
        assert home == (agreed[0].family_id if agreed else rhythm[0])
        if agreed:
            assert home != rhythm[0]

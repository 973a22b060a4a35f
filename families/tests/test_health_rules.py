"""What a sheet may say, how two parents' typing meets, which authorisation holds."""

from datetime import date, datetime, time

import pytest

from castres_portal.base.clock import PARIS
from families.rules.certification import Campaign, campaign_on, ending_to_erase, is_to_confirm
from families.rules.health import (
    NOTHING,
    Answers,
    HealthSheet,
    answers_from_stored,
    answers_to_stored,
    confessional_word,
    differences,
    from_stored,
    merge,
    shown,
    to_stored,
    weigh,
)
from families.school_years import SchoolYearSpan

YEARS = [
    SchoolYearSpan("2025-2026", date(2025, 9, 1), date(2026, 7, 3)),
    SchoolYearSpan("2026-2027", date(2026, 9, 1), date(2027, 7, 2)),
    SchoolYearSpan("2027-2028", date(2027, 9, 1), date(2028, 7, 4)),
]
OPENS, DUE = (5, 1), (9, 30)
FULL = HealthSheet(
    food=("arachides", "lait"),
    food_other="Kiwi",
    diet=("sans_porc",),
    doctor_name="Dr Mercier",
    doctor_phone="0563000000",
    insured_until=date(2027, 8, 31),
)


@pytest.mark.parametrize(
    "text, word",
    [
        ("viande halal", "halal"),
        ("Repas HALLAL s’il vous plaît", "hallal"),
        ("régime casher", "casher"),
        ("mange kascher", "kascher"),
        ("kosher", "kosher"),
        ("repas cacher", "cacher"),
        ("il est musulman", "musulman"),
        ("pas de viande pendant le carême", "careme"),
        ("pour raisons religieuses", "religieuses"),
        ("cacher le médicament dans la compote", None),
        ("il faut chercher sa trousse", None),
        ("sans porc", None),
        ("crevettes, kiwi", None),
        ("", None),
    ],
)
def test_a_word_that_tells_a_religion_is_found(text, word):
    assert confessional_word(text) == word


def test_a_sheet_is_read_as_it_was_stored():
    assert from_stored(to_stored(FULL)) == FULL
    assert from_stored({}) == HealthSheet()
    assert from_stored({"food": ["arachides", "pain"], "nouveau": 1}).food == ("arachides",)


@pytest.mark.parametrize(
    "name, value, text",
    [
        ("food", ("arachides", "lait"), "Arachides, Lait"),
        ("diet", [], "Non renseigné"),
        ("diet", ["sans_porc"], "Sans porc"),
        ("insured_until", date(2027, 8, 31), "31 août 2027"),
        ("insured_until", "2027-08-31", "31 août 2027"),
        ("insured_until", None, "Non renseigné"),
        ("doctor_phone", "0563000000", "05\u00a063\u00a000\u00a000\u00a000"),
    ],
)
def test_an_answer_is_written_in_french(name, value, text):
    assert shown(name, value) == text


def test_only_the_answers_that_differ_are_named():
    assert differences(FULL, FULL) == []
    assert differences(HealthSheet(), HealthSheet(food=("lait",), drug="x")) == ["food", "drug"]


def test_what_the_other_parent_declared_is_kept_when_one_did_not_touch_it():
    base = HealthSheet(drug="pénicilline")
    stored = HealthSheet(drug="pénicilline", food=("arachides",))
    typed = HealthSheet(drug="pénicilline", doctor_name="Dr Mercier")
    met = merge(base, stored, typed)
    assert met.sheet == HealthSheet(drug="pénicilline", food=("arachides",), doctor_name="Dr Mercier")
    assert (met.conflicts, met.taken) == ([], ["food"])


def test_two_different_answers_to_one_question_are_shown_both():
    met = merge(HealthSheet(), HealthSheet(food=("arachides",)), HealthSheet(food=("lait",)))
    assert met.sheet.food == ("lait",)
    assert [(c.label, c.stored_shown, c.typed_shown) for c in met.conflicts] == [
        ("Allergies alimentaires", "Arachides", "Lait")
    ]


def test_the_same_answer_twice_is_no_conflict():
    met = merge(HealthSheet(), HealthSheet(food=("lait",)), HealthSheet(food=("lait",)))
    assert met.conflicts == []


YES = Answers(image=True, hospital=True, alone=True, alone_age=9, alone_from=time(17))
NO = Answers(image=False, hospital=False, alone=False)


@pytest.mark.parametrize(
    "answers, awaited, image, hospital, alone, disagree",
    [
        ([], 0, False, False, False, False),
        ([YES], 0, True, True, True, False),
        ([YES], 1, False, True, True, False),  # an image needs both; care does not wait
        ([YES, YES], 0, True, True, True, False),
        ([YES, NO], 0, False, False, False, True),
        ([NO, NO], 0, False, False, False, False),
        ([NO], 1, False, False, False, False),
    ],
)
def test_the_more_protective_answer_holds(answers, awaited, image, hospital, alone, disagree):
    verdicts = weigh(answers, awaited=awaited)
    assert (verdicts.image.allowed, verdicts.hospital.allowed, verdicts.alone.allowed) == (image, hospital, alone)
    assert verdicts.disagree is disagree


def test_of_two_hours_the_later_holds_and_of_two_ages_the_older():
    later = Answers(image=True, hospital=True, alone=True, alone_age=10, alone_from=time(16, 30))
    verdict = weigh([YES, later]).alone
    assert verdict.sentence == "Oui, dès 10 ans, à partir de 17\u00a0h."
    assert verdict.disagree


def test_answers_are_read_as_they_were_stored():
    assert answers_from_stored(answers_to_stored(YES)) == YES
    assert answers_from_stored(answers_to_stored(NO)) == NO


@pytest.mark.parametrize(
    "today, year",
    [
        (date(2026, 4, 30), "2025-2026"),  # before the spring: the one of last autumn
        (date(2026, 5, 1), "2026-2027"),
        (date(2026, 11, 19), "2026-2027"),
        (date(2027, 4, 30), "2026-2027"),
        (date(2027, 5, 1), "2027-2028"),
        (date(2027, 8, 1), "2027-2028"),
    ],
)
def test_the_campaign_of_a_day(today, year):
    campaign = campaign_on(today, YEARS, opens=OPENS, due=DUE)
    assert campaign is not None
    assert campaign.year == year
    assert campaign.due_on == date(int(year[:4]), 9, 30)


def test_no_school_year_no_campaign():
    assert campaign_on(date(2026, 11, 19), [], opens=OPENS, due=DUE) is None
    assert not is_to_confirm(None, None)


@pytest.mark.parametrize(
    "confirmed_at, wanted",
    [
        (None, True),
        (datetime(2026, 4, 30, 23, 59, tzinfo=PARIS), True),
        (datetime(2026, 5, 1, tzinfo=PARIS), False),
    ],
)
def test_a_confirmation_holds_from_the_opening_day(confirmed_at, wanted):
    assert is_to_confirm(confirmed_at, Campaign("2026-2027", date(2026, 5, 1), date(2026, 9, 30))) is wanted


@pytest.mark.parametrize(
    "today, year",
    [
        (date(2026, 8, 31), None),  # 59 days after 3 July
        (date(2026, 9, 1), "2025-2026"),
        (date(2027, 8, 30), "2025-2026"),
        (date(2027, 8, 31), "2026-2027"),
    ],
)
def test_sheets_go_sixty_days_after_the_last_day_of_class(today, year):
    ending = ending_to_erase(today, YEARS, opens=OPENS, days=60)
    assert (ending.year if ending else None) == year
    if ending:
        assert ending.confirmed_since == date(int(year[5:]), 5, 1)


def test_no_known_allergy_gives_way_to_an_allergy_whoever_declared_it():
    met = merge(HealthSheet(), HealthSheet(food=("arachides",)), HealthSheet(no_allergy=True))
    assert met.sheet == HealthSheet(food=("arachides",))
    assert met.taken == ["food"]


def test_no_known_allergy_is_an_answer_and_is_kept():
    told = HealthSheet(no_allergy=True)
    assert from_stored(to_stored(told)) == told
    assert not told.is_empty
    assert shown("no_allergy", True) == "Oui"
    assert shown("no_allergy", False) == NOTHING

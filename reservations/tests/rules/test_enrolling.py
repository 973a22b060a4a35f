"""Who may enrol, in a table of French examples; what becomes of an enrolment at the end of the year."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from castres_portal.base.tests.reading import read
from reservations.rules.calendar import YearSpan
from reservations.rules.enrolling import (
    Applicant,
    CarryState,
    OfferState,
    Standing,
    Terms,
    age_on,
    ages,
    birthday,
    carry,
    enrolment_period,
    last_day_of,
    levels_label,
    next_level,
    offer,
    years_old,
)

YEAR = YearSpan("2026-2027", date(2026, 9, 1), date(2027, 7, 2), date(2026, 5, 1), 1, date(2026, 10, 31))
NEXT = YearSpan("2027-2028", date(2027, 9, 1), date(2028, 7, 4), date(2027, 5, 1), 2)
CANTEEN = Terms("Restauration scolaire", is_meal=True)
STUDY = Terms("Études dirigées", levels=("CP", "CE1", "CE2", "CM1", "CM2"))
WEDNESDAYS = Terms("Mercredis", age_from=3, age_to=11)
ZOE = Applicant("Zoé", date(2018, 3, 14), "Centre", level="CE2")
NOVEMBER, MAY, JULY = date(2026, 11, 19), date(2026, 5, 4), date(2026, 7, 20)


def ask(terms=CANTEEN, child=ZOE, year=YEAR, today=NOVEMBER, here=True, in_centres=False, at_desk=False, **standing):
    return offer(
        terms, child, year, today, standing=Standing(**standing), here=here, in_centres=in_centres, at_desk=at_desk
    )


def kid(**changes):
    return Applicant(**{"first_name": "Léo", "born_on": date(2020, 6, 1), "school": "Centre", "level": "CP"} | changes)


@pytest.mark.parametrize(
    "asked, state, words",
    [
        ({}, OfferState.OPEN, ""),
        ({"enrolled": True}, OfferState.ENROLLED, ""),
        ({"asked": "D2026-000007"}, OfferState.ASKED, "n° D2026-000007 attend"),
        ({"here": False, "child": kid(school=None)}, OfferState.NO_SCHOOL, "pas encore connue"),
        ({"here": False, "child": kid(has_canteen=False)}, OfferState.NOT_THERE, "déjeunent à la maison"),
        ({"here": False, "terms": STUDY}, OfferState.NOT_THERE, "n’est pas proposé à l’école Centre"),
        # A centre takes a child whose school the town does not know.
        ({"here": False, "in_centres": True, "child": kid(school=None), "terms": WEDNESDAYS}, OfferState.OPEN, ""),
        # Age: that of the first day of the enrolment, both ends included.
        ({"terms": WEDNESDAYS, "child": kid(born_on=date(2023, 11, 19))}, OfferState.OPEN, ""),
        (
            {"terms": WEDNESDAYS, "child": kid(born_on=date(2023, 11, 20))},
            OfferState.TOO_YOUNG,
            "de 3 à 11 ans : Léo aura 2 ans le 19 novembre 2026. L’inscription sera possible à partir du 20 novembre 2026",
        ),
        ({"terms": WEDNESDAYS, "child": kid(born_on=date(2025, 1, 1))}, OfferState.TOO_YOUNG, "aura 1 an le"),
        ({"terms": WEDNESDAYS, "child": kid(born_on=date(2014, 11, 20))}, OfferState.OPEN, ""),
        ({"terms": WEDNESDAYS, "child": kid(born_on=date(2014, 11, 19))}, OfferState.TOO_OLD, "aura 12 ans"),
        # In May one looks at the first day of class, not at today.
        ({"terms": WEDNESDAYS, "today": MAY, "child": kid(born_on=date(2023, 9, 1))}, OfferState.OPEN, ""),
        # Level: before the first day of class the file may hold that of either year.
        ({"terms": STUDY, "child": kid(level="GS")}, OfferState.OTHER_LEVEL, "du CP au CM2. Léo est en Grande section"),
        ({"terms": STUDY, "child": kid(level="GS"), "today": MAY}, OfferState.OPEN, ""),
        ({"terms": STUDY, "child": kid(level="CP"), "today": JULY}, OfferState.OPEN, ""),
        ({"terms": STUDY, "child": kid(level="MS"), "today": MAY}, OfferState.OTHER_LEVEL, "Moyenne section"),
        ({"terms": STUDY, "child": kid(level="")}, OfferState.NO_LEVEL, "niveau de Léo"),
        # Re-enrolment closes at the end of October; newcomers come all year.
        ({"the_year_before": True, "today": date(2026, 10, 31)}, OfferState.OPEN, ""),
        ({"the_year_before": True, "today": date(2026, 11, 1)}, OfferState.CLOSED, "fin le 31 octobre 2026"),
        ({"the_year_before": True, "at_desk": True}, OfferState.OPEN, ""),
        ({"the_year_before": True, "returns": True}, OfferState.OPEN, ""),
        ({"the_year_before": True, "year": NEXT, "today": date(2028, 1, 10)}, OfferState.OPEN, ""),
        ({"the_year_before": False, "today": date(2027, 6, 1)}, OfferState.OPEN, ""),
    ],
)
def test_who_may_enrol_and_why_not(asked, state, words):
    answer = ask(**asked)
    assert answer.state == state
    assert words in answer.sentence.replace("\u00a0", " ")
    assert answer.is_open == (state == OfferState.OPEN)
    assert answer.is_open or state == OfferState.ENROLLED or answer.sentence.endswith(".")


def test_who_comes_back_is_told_that_she_re_enrols():
    assert ask(the_year_before=True, today=date(2026, 9, 10)).again
    assert not ask(today=date(2026, 9, 10)).again


@pytest.mark.parametrize(
    "today, after, first",
    [
        (JULY, None, date(2026, 9, 1)),
        (NOVEMBER, None, NOVEMBER),
        # She stops on 20 December and comes back: no day belongs to two enrolments.
        (NOVEMBER, date(2026, 12, 20), date(2026, 12, 21)),
        (NOVEMBER, date(2026, 10, 20), NOVEMBER),
        (JULY, date(2026, 8, 31), date(2026, 9, 1)),
    ],
)
def test_the_first_day_of_an_enrolment(today, after, first):
    assert enrolment_period(YEAR, today, after=after).starts_on == first


@pytest.mark.parametrize(
    "levels, label",
    [
        ([], ""),
        (["CP", "CE1", "CE2", "CM1", "CM2"], "du CP au CM2"),
        (["PS", "MS", "GS"], "de la PS à la GS"),
        (["GS", "CP", "CE1"], "de la GS au CE1"),
        (["PS", "CP"], "PS, CP"),
    ],
)
def test_levels_are_said_shortly(levels, label):
    assert levels_label(levels) == label


@pytest.mark.parametrize(
    "child, changes, state, words",
    [
        ({"level": "CP"}, {}, CarryState.CARRIED, ""),
        ({"level": "CM2"}, {}, CarryState.LEAVES, "CM2"),
        ({"level": "GS"}, {"in_nursery": True}, CarryState.CHANGES_SCHOOL, "entre au CP"),
        ({"level": "GS"}, {}, CarryState.CARRIED, ""),  # in an école primaire
        ({"level": "MS"}, {"in_nursery": True}, CarryState.CARRIED, ""),
        ({"level": ""}, {}, CarryState.TO_REVIEW, "niveau inconnu"),
        ({}, {"already": True}, CarryState.ALREADY, "déjà"),
        ({}, {"lives_here": False}, CarryState.LEAVES, "n’habite plus"),
        ({}, {"is_there": False}, CarryState.TO_REVIEW, "plus ouverte"),
        # No change of school touches a centre: only age does.
        (
            {"level": "CM2", "born_on": date(2016, 9, 1)},
            {"in_centre": True, "terms": WEDNESDAYS},
            CarryState.CARRIED,
            "",
        ),
        (
            {"level": "CM2", "born_on": date(2015, 9, 1)},
            {"in_centre": True, "terms": WEDNESDAYS},
            CarryState.NOT_TAKEN,
            "de 3 à 11 ans",
        ),
    ],
)
def test_what_goes_over_to_the_next_year(child, changes, state, words):
    given_ = {"in_nursery": False, "in_centre": False, "is_there": True, "lives_here": True, "already": False} | changes
    answer = carry(given_.pop("terms", CANTEEN), kid(**child), NEXT, **given_)
    assert (answer.state, words in answer.sentence) == (state, True)


@pytest.mark.parametrize(
    "changes, child, state, sentence, level",
    [
        ({}, {}, CarryState.CARRIED, "", "CE1"),
        ({"already": True}, {}, CarryState.ALREADY, "déjà inscrit pour la nouvelle année", "CE1"),
        ({"lives_here": False}, {}, CarryState.LEAVES, "n’habite plus dans ce foyer à la rentrée", "CE1"),
        ({}, {"level": ""}, CarryState.TO_REVIEW, "niveau inconnu : complétez la fiche de l’enfant", ""),
        ({}, {"level": "CM2"}, CarryState.LEAVES, "quitte l’école primaire après le CM2", ""),
        (
            {"in_nursery": True},
            {"level": "GS"},
            CarryState.CHANGES_SCHOOL,
            "entre au CP : l’école élémentaire est à choisir",
            "CP",
        ),
        ({"is_there": False}, {}, CarryState.TO_REVIEW, "l’activité n’est plus ouverte dans ce lieu", "CE1"),
        (
            {"terms": WEDNESDAYS},
            {"born_on": date(2015, 9, 1)},
            CarryState.NOT_TAKEN,
            "hors de l’âge reçu (de 3 à 11 ans)",
            "CE1",
        ),
        ({"terms": STUDY}, {"level": "GS"}, CarryState.CARRIED, "", "CP"),
        ({"terms": STUDY}, {"level": "MS"}, CarryState.NOT_TAKEN, "niveau non reçu (du CP au CM2)", "GS"),
        # Too young all through the year, or three in the course of it: either way not on the first day.
        (
            {"terms": WEDNESDAYS, "in_centre": True},
            {"born_on": date(2026, 1, 1), "level": ""},
            CarryState.NOT_TAKEN,
            "hors de l’âge reçu (de 3 à 11 ans)",
            "",
        ),
        (
            {"terms": WEDNESDAYS, "in_centre": True},
            {"born_on": date(2024, 12, 1), "level": ""},
            CarryState.NOT_TAKEN,
            "hors de l’âge reçu (de 3 à 11 ans)",
            "",
        ),
    ],
)
def test_the_agent_reads_what_becomes_of_each_enrolment_and_at_which_level(changes, child, state, sentence, level):
    given_ = {"in_nursery": False, "in_centre": False, "is_there": True, "lives_here": True, "already": False} | changes
    answer = carry(given_.pop("terms", CANTEEN), kid(**child), NEXT, **given_)
    assert (answer.state, read(answer.sentence), answer.level) == (state, sentence, level)


@pytest.mark.parametrize(
    "age_from, age_to, said",
    [
        (3, 11, "de 3 à 11 ans"),
        (3, None, "à partir de 3 ans"),
        (None, 11, "jusqu’à 11 ans"),
        (None, None, ""),
        (0, 0, "de 0 à 0 ans"),
    ],
)
def test_ages_are_said(age_from, age_to, said):
    assert ages(age_from, age_to) == said


@pytest.mark.parametrize("age, said", [(0, "0 an"), (1, "1 an"), (2, "2 ans")])
def test_an_age_is_said(age, said):
    assert years_old(age) == said


@pytest.mark.parametrize(
    "levels, said",
    [
        (("CE1", "CE2", "CM1"), "du CE1 au CM1"),
        (("CE2", "CM1", "CM2"), "du CE2 au CM2"),
        (("TPS", "PS", "MS"), "de la TPS à la MS"),
        (("PS", "MS", "GS"), "de la PS à la GS"),
        (("GS", "CP", "CE1"), "de la GS au CE1"),
        (("CM1", "CM2"), "CM1, CM2"),
        (("CP", "CE1", "CM1"), "CP, CE1, CM1"),
    ],
)
def test_a_run_of_levels_is_said_by_its_ends(levels, said):
    assert levels_label(levels) == said


def test_levels_go_up_one_by_one_and_cm2_is_the_last():
    assert [next_level(level) for level in ("TPS", "GS", "CM1", "CM2", "")] == ["PS", "CP", "CM2", "", ""]


@given(st.dates(date(2010, 1, 1), date(2024, 12, 31)), st.integers(0, 15))
def test_a_birthday_is_the_first_day_of_an_age(born_on, age):
    day = birthday(born_on, age)
    assert age_on(born_on, day) == age
    assert age == 0 or age_on(born_on, date.fromordinal(day.toordinal() - 1)) == age - 1


def test_a_centre_of_the_holidays_is_enrolled_in_for_the_summer_too():
    assert last_day_of(YEAR, in_holidays=True) == date(2027, 8, 31)
    assert last_day_of(YEAR, in_holidays=False) == date(2027, 7, 2)
    assert enrolment_period(YEAR, date(2027, 7, 12), in_holidays=True).starts_on == date(2027, 7, 12)


@pytest.mark.parametrize(
    "asked, sentence",
    [
        ({"asked": "D2026-000007"}, "Votre demande n° D2026-000007 attend la réponse du service."),
        (
            {"here": False, "child": kid(school=None)},
            "Son école n’est pas encore connue de l’Espace Famille. Appelez-nous, nous compléterons son dossier.",
        ),
        (
            {"here": False, "child": kid(has_canteen=False)},
            "L’école Centre n’a pas de restauration sur place : les enfants déjeunent à la maison.",
        ),
        ({"here": False}, "« Restauration scolaire » n’est pas proposé à l’école Centre."),
        (
            {"here": False, "terms": STUDY, "child": kid(has_canteen=False)},
            "« Études dirigées » n’est pas proposé à l’école Centre.",
        ),
        (
            {"terms": WEDNESDAYS, "child": kid(born_on=date(2023, 11, 20))},
            "« Mercredis » reçoit les enfants de 3 à 11 ans : Léo aura 2 ans le 19 novembre 2026. "
            "L’inscription sera possible à partir du 20 novembre 2026.",
        ),
        # On the last day of the year, and the day after it.
        (
            {"terms": WEDNESDAYS, "child": kid(born_on=date(2024, 7, 2))},
            "« Mercredis » reçoit les enfants de 3 à 11 ans : Léo aura 2 ans le 19 novembre 2026. "
            "L’inscription sera possible à partir du 2 juillet 2027.",
        ),
        (
            {"terms": WEDNESDAYS, "child": kid(born_on=date(2024, 7, 3))},
            "« Mercredis » reçoit les enfants de 3 à 11 ans : Léo aura 2 ans le 19 novembre 2026.",
        ),
        (
            {"terms": WEDNESDAYS, "child": kid(born_on=date(2014, 11, 19))},
            "« Mercredis » reçoit les enfants de 3 à 11 ans : Léo aura 12 ans le 19 novembre 2026.",
        ),
        (
            {"terms": STUDY, "child": kid(level="")},
            "Le niveau de Léo n’est pas connu de l’Espace Famille. Appelez-nous, nous compléterons son dossier.",
        ),
        (
            {"terms": STUDY, "child": kid(level="GS")},
            "« Études dirigées » est réservé aux niveaux suivants : du CP au CM2. Léo est en Grande section.",
        ),
        (
            {"the_year_before": True, "today": date(2026, 11, 1)},
            "Zoé était dans ce service l’an dernier : les réinscriptions pour 2026-2027 ont pris fin le 31 octobre 2026. "
            "Appelez l’Espace Famille, un agent peut encore l’inscrire.",
        ),
    ],
)
def test_a_family_reads_why_it_cannot_enrol(asked, sentence):
    assert read(ask(**asked).sentence) == sentence


def test_before_the_first_day_of_class_a_level_of_either_year_will_do_and_after_it_only_her_own():
    first_day = YEAR.starts_on
    assert ask(terms=STUDY, child=kid(level="GS"), today=date(2026, 8, 31)).is_open
    assert not ask(terms=STUDY, child=kid(level="GS"), today=first_day).is_open
    assert ask(terms=Terms("Éveil", levels=("CM2",)), child=kid(level="CM2"), today=date(2026, 8, 31)).is_open

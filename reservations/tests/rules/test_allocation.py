"""Who gets which week: in examples, then whatever the wishes."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from castres_portal.base.tests.reading import read
from reservations.rules.allocation import (
    Applicant,
    CriterionKind,
    Outcome,
    TieBreak,
    Verdict,
    Wanted,
    allocate,
    in_order,
    lot,
    points_of,
    same_weeks,
    why,
)

SITE, OTHER = 1, 2
WEEKS = [date(2026, 12, 21), date(2026, 12, 28), date(2027, 2, 8)]
NOON = datetime(2026, 11, 19, 12, tzinfo=UTC)


def child(key, points, *wishes, most=1, lot="a", at=NOON, site=SITE):
    return Applicant(key, (key,), points, lot, most, tuple(Wanted(week, (site,)) for week in wishes), at)


def siblings(key, points, *wishes, number=2, most=1):
    members = tuple(range(key, key + number))
    return Applicant(key, members, points, "a", most, tuple(Wanted(week, (SITE,) * number) for week in wishes), NOON)


def given_to(result, key):
    return [verdict.wanted.monday for verdict in result.of(key) if verdict.outcome == Outcome.GIVEN]


def test_points_are_those_of_the_criteria_that_a_child_meets():
    criteria = {CriterionKind.SCHOOL: 3, CriterionKind.LAST_YEAR: 5}
    assert points_of({"ecole", "fratrie"}, criteria) == (3, ["ecole"])
    assert points_of({"ecole", "an-passe"}, criteria) == (8, ["an-passe", "ecole"])
    alike = {CriterionKind.SIBLINGS: 2, CriterionKind.RESIDENT: 2, CriterionKind.SCHOOL: 4}
    assert points_of({"fratrie", "domicile", "ecole"}, alike) == (8, ["ecole", "domicile", "fratrie"])


@pytest.mark.parametrize(
    "one, outcome, left, last, said",
    [
        (child(1, 5), Outcome.NOT_NEEDED, 0, None, "vous avez obtenu ce que vous préfériez"),
        (child(1, 0), Outcome.GIVEN, 3, None, "avec 0 point"),
        (child(1, 1), Outcome.GIVEN, 3, None, "avec 1 point"),
        (child(1, 2), Outcome.GIVEN, 3, None, "avec 2 points"),
        (siblings(1, 5), Outcome.REFUSED, 1, None, "il restait 1 place pour 2 enfants qui devaient rester ensemble"),
        (
            siblings(1, 5, number=3),
            Outcome.REFUSED,
            2,
            None,
            "il restait 2 places pour 3 enfants qui devaient rester ensemble",
        ),
        (siblings(1, 5), Outcome.REFUSED, 0, None, "aucune place n’était à donner cette semaine-là"),
        (child(1, 5), Outcome.REFUSED, 1, None, "aucune place n’était à donner cette semaine-là"),
        (child(1, 3), Outcome.REFUSED, 0, child(2, 7), "complet : le dernier admis avait 7 points, vous 3"),
        (
            child(1, 3),
            Outcome.REFUSED,
            0,
            child(2, 3),
            "complet : le dernier admis avait lui aussi 3 points, la règle d’égalité l’a placé avant",
        ),
    ],
)
def test_a_family_reads_why(one, outcome, left, last, said):
    verdict = Verdict(one, Wanted(WEEKS[0], (SITE,)), outcome, left)
    assert read(why(verdict, last)) == said


def test_children_ranked_otherwise_do_not_stay_together():
    assert not same_weeks([WEEKS, WEEKS, WEEKS[::-1]])
    assert not same_weeks([WEEKS[::-1], WEEKS, WEEKS])
    assert same_weeks([WEEKS])


def test_the_most_points_go_first_and_the_next_wish_is_given_when_the_first_is_full():
    result = allocate(
        [child(1, 2, *WEEKS[:2]), child(2, 5, WEEKS[0])], {(SITE, WEEKS[0]): 1, (SITE, WEEKS[1]): 1}, "tirage"
    )
    assert given_to(result, 2) == [WEEKS[0]]
    assert given_to(result, 1) == [WEEKS[1]]
    refused = result.of(1)[0]
    assert why(refused, result.last[SITE, WEEKS[0]]) == "complet\u00a0: le dernier admis avait 5 points, vous 2"


def test_a_child_is_given_as_many_weeks_as_she_wants_and_the_rest_is_left_to_others():
    places = {(SITE, week): 1 for week in WEEKS}
    result = allocate([child(1, 9, *WEEKS, most=2), child(2, 0, *WEEKS, most=2)], places, "tirage")
    assert (given_to(result, 1), given_to(result, 2)) == (WEEKS[:2], WEEKS[2:])
    assert [verdict.outcome for verdict in result.of(1)] == [Outcome.GIVEN, Outcome.GIVEN, Outcome.NOT_NEEDED]


def test_brothers_and_sisters_together_have_the_same_week_or_none_and_the_next_may_pass():
    result = allocate([siblings(1, 9, WEEKS[0]), child(5, 0, WEEKS[0])], {(SITE, WEEKS[0]): 1}, "tirage")
    assert given_to(result, 1) == []
    assert given_to(result, 5) == [WEEKS[0]]
    said = why(result.of(1)[0], result.last[SITE, WEEKS[0]])
    assert said == "il restait 1 place pour 2 enfants qui devaient rester ensemble"


def test_a_site_whose_places_are_not_counted_is_never_full():
    result = allocate([child(n, 0, WEEKS[0]) for n in range(5)], {}, "tirage")
    assert all(given_to(result, n) for n in range(5))


@pytest.mark.parametrize("tie_break, first", [(TieBreak.DRAW, 2), (TieBreak.SENIORITY, 1)], ids=["draw", "seniority"])
def test_equal_points_go_by_the_published_tie_break(tie_break, first):
    old, young = child(1, 3, lot="f", at=NOON - timedelta(days=2)), child(2, 3, lot="0")
    assert in_order([old, young], tie_break)[0].key == first


def test_the_draw_can_be_made_again_by_anybody():
    # printf 'Tirage du 2 novembre 2026|F000123' | sha256sum
    assert lot(" Tirage du 2 novembre 2026 ", "F000123") == "790c2a49f557"


def test_staying_together_asks_for_the_same_weeks_in_the_same_order():
    assert same_weeks([WEEKS[:2], WEEKS[:2]])
    assert not same_weeks([WEEKS[:2], WEEKS[1::-1]])


applicants = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.integers(1, 3),
        st.permutations(WEEKS),
        st.integers(1, 3),
        st.sampled_from([SITE, OTHER]),
        st.integers(1, 3),
    ),
    max_size=12,
).map(
    lambda rows: [
        Applicant(
            key * 10,
            tuple(range(key * 10, key * 10 + members)),
            points,
            f"{key * 7919 % 16:x}",
            most,
            tuple(Wanted(week, (site,) * members) for week in weeks[:wished]),
            NOON,
        )
        for key, (points, members, weeks, most, site, wished) in enumerate(rows)
    ]
)
places = st.fixed_dictionaries({(site, week): st.integers(0, 4) for site in (SITE, OTHER) for week in WEEKS})


@given(applicants, places, st.sampled_from(list(TieBreak)))
def test_whatever_the_wishes_no_place_is_given_twice_and_nobody_is_passed_over(wishers, left, tie_break):
    result = allocate(wishers, left, tie_break)
    again = allocate(list(reversed(wishers)), left, tie_break)
    assert result.verdicts == again.verdicts  # the same input, in whatever order it comes

    taken = Counter()
    for verdict in result.verdicts:
        if verdict.outcome == Outcome.GIVEN:
            taken.update(verdict.wanted.needs)
    assert all(number <= left[key] for key, number in taken.items())
    assert all(result.left[key] == left[key] - taken[key] for key in left)

    order = {one.key: place for place, one in enumerate(in_order(wishers, tie_break))}
    by_week = {}
    for verdict in result.verdicts:
        for key in verdict.wanted.needs:
            by_week.setdefault(key, []).append(verdict)
    for verdicts in by_week.values():
        for loser in verdicts:
            if loser.outcome != Outcome.REFUSED or len(loser.applicant.members) > 1:
                continue
            lower = [v for v in verdicts if order[v.applicant.key] > order[loser.applicant.key]]
            assert not any(v.outcome == Outcome.GIVEN for v in lower)
    for one in wishers:
        weeks = given_to(result, one.key)
        assert len(weeks) == len(set(weeks)) <= one.most

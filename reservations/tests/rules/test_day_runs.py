"""Many days in few words, and never a day too many."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reservations.rules.day_runs import day_runs, say_days


def december(*numbers):
    return [date(2026, 12, number) for number in numbers]


@pytest.mark.parametrize(
    "days, said",
    [
        (december(7), "lundi 7 décembre 2026"),
        (december(7, 8), "lundi 7 et mardi 8 décembre 2026"),
        (december(7, 8, 10), "lundi 7, mardi 8 et jeudi 10 décembre 2026"),
        (december(7, 8, 9), "du lundi 7 au mercredi 9 décembre 2026"),
        (december(7, 14), "les lundis 7 et 14 décembre 2026"),
        (december(7, 14, 21), "les lundis du 7 au 21 décembre 2026"),
        (december(7, 8, 14, 15), "les lundis et mardis du 7 au 15 décembre 2026"),
        (december(8, 14, 15), "les lundis et mardis du 8 au 15 décembre 2026"),
        (
            december(7, 8, 10, 11, 14, 15, 17, 18),
            "les lundis, mardis, jeudis et vendredis du 7 au 18 décembre 2026",
        ),
        (
            december(7, 8, 9, 10, 11, 14, 15, 16, 17, 18),
            "tous les jours du lundi au vendredi, du 7 au 18 décembre 2026",
        ),
        # A Monday is missing: two runs rather than a word too many.
        (
            december(7, 8, 15, 21, 22),
            "lundi 7 et mardi 8 décembre 2026\u00a0; les lundis et mardis du 15 au 22 décembre 2026",
        ),
        (december(7, 21), "lundi 7 décembre 2026\u00a0; lundi 21 décembre 2026"),
        ([date(2026, 11, 30), date(2026, 12, 1)], "lundi 30 novembre et mardi 1er décembre 2026"),
        ([date(2026, 12, 28), date(2027, 1, 4)], "les lundis 28 décembre 2026 et 4 janvier 2027"),
        ([], ""),
    ],
)
def test_days_are_said_in_few_words(days, said):
    assert say_days(days) == said


some_days = st.sets(st.integers(0, 120), max_size=60).map(
    lambda offsets: {date(2026, 11, 2) + timedelta(days=offset) for offset in offsets}
)


@given(some_days)
def test_the_runs_stand_for_exactly_these_days(days):
    said = [day for run in day_runs(days) for day in run.days]
    assert sorted(said) == sorted(days)
    assert len(said) == len(set(said))

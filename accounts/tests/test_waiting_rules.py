"""How long somebody who mistypes waits, in examples."""

from datetime import datetime, timedelta

import pytest

from accounts.rules import waiting
from castres_portal.base.clock import PARIS

NOON = datetime(2026, 11, 19, 12, 0, tzinfo=PARIS)

SCHEDULE = [
    (0, "0 s"),
    (4, "0 s"),
    (5, "30 s"),
    (6, "60 s"),
    (7, "120 s"),
    (8, "240 s"),
    (9, "480 s"),
    (10, "900 s"),
    (11, "900 s"),
    (5000, "900 s"),
]


@pytest.mark.parametrize("failures, wait", SCHEDULE)
def test_the_wait_doubles_from_thirty_seconds_to_a_quarter_of_an_hour_and_never_more(failures, wait):
    assert waiting.wait_after(failures, waiting.ONE_ACCOUNT) == timedelta(seconds=int(wait.split()[0]))


@pytest.mark.parametrize(
    "since, left",
    [(0, 60), (1, 59), (59, 1), (60, 0), (61, 0), (3600, 0), (-30, 0)],
)
def test_what_is_left_to_wait_counts_from_the_last_failure(since, left):
    at = NOON + timedelta(seconds=since)
    assert waiting.remaining_wait(6, NOON, waiting.ONE_ACCOUNT, at=at) == timedelta(seconds=left)


def test_without_a_failure_nobody_waits():
    assert waiting.remaining_wait(0, None, waiting.ONE_ACCOUNT, at=NOON) == timedelta(0)


def test_an_account_under_attack_leaves_one_try_to_each_new_address():
    assert waiting.wait_after(0, waiting.UNDER_ATTACK) == timedelta(0)
    assert waiting.wait_after(1, waiting.UNDER_ATTACK) == timedelta(seconds=30)


@pytest.mark.parametrize(
    "seconds, words",
    [
        (0.2, "1 seconde"),
        (1, "1 seconde"),
        (29.5, "30 secondes"),
        (59.1, "1 minute"),
        (60, "1 minute"),
        (61, "2 minutes"),
        (900, "15 minutes"),
    ],
)
def test_a_wait_is_said_in_words_rounded_up(seconds, words):
    assert waiting.in_words(timedelta(seconds=seconds)) == words

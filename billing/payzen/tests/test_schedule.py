from datetime import UTC, datetime, timedelta

import pytest

from billing.payzen.notification import to_transaction
from billing.payzen.schedule import is_abandoned, next_ask_after, next_settlement_ask_after
from billing.payzen.tests.messages import paid_fields, received

CLICKED = datetime(2026, 10, 24, 10, 0, tzinfo=UTC)  # the night after, clocks change in France


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        (0, timedelta(minutes=12)),
        (1, timedelta(minutes=15)),
        (2, timedelta(hours=1)),
        (3, timedelta(hours=2)),
        (4, timedelta(hours=24)),
    ],
)
def test_when_to_ask(asked: int, wait: timedelta) -> None:
    assert next_ask_after(CLICKED, asked) == CLICKED + wait


def test_after_the_last_question_no_more() -> None:
    assert next_ask_after(CLICKED, 5) is None
    assert next_ask_after(CLICKED, 6) is None


def test_a_negative_count_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="negative"):
        next_ask_after(CLICKED, -1)


def test_an_authorised_payment_is_asked_about_each_day() -> None:
    assert next_settlement_ask_after(CLICKED, None) == CLICKED + timedelta(days=1)
    later = CLICKED + timedelta(days=3)
    assert next_settlement_ask_after(CLICKED, later) == later + timedelta(days=1)


def test_abandoned_only_after_the_last_empty_answer() -> None:
    refused = to_transaction(received(paid_fields(trans_status="REFUSED")))
    assert not is_abandoned(4, [])
    assert is_abandoned(5, [])
    assert not is_abandoned(5, [refused])

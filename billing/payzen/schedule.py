"""When to ask the bank about an attempt that has no answer yet. Pure: instants in, instants out."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from billing.payzen.transactions import Transaction

# PayZen's payment page lives 10 minutes after the form; 12 leaves a margin. Afterwards a signed form left open in a tab
# can still be submitted, hence the later questions.
ASK_AFTER = (
    timedelta(minutes=12),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=24),
)
ASK_AGAIN_AFTER = timedelta(days=1)


def next_ask_after(created_at: datetime, asked_count: int) -> datetime | None:
    """Instant from which to ask again about an attempt, `asked_count` answers having been received; None when done.

    Count answers only: a question that failed (RestError) changes nothing and is asked again at the next pass.
    """
    if asked_count < 0:
        raise ValueError("asked_count cannot be negative")
    return created_at + ASK_AFTER[asked_count] if asked_count < len(ASK_AFTER) else None


def next_settlement_ask_after(created_at: datetime, last_asked_at: datetime | None) -> datetime:
    """Instant from which to ask again, once a day, about a transaction that `is_unsettled`."""
    return (last_asked_at or created_at) + ASK_AGAIN_AFTER


def is_abandoned(asked_count: int, last_answer: Sequence[Transaction]) -> bool:
    """True when the last question of the schedule was answered by "no transaction": nobody paid.

    `asked_count` includes that last answer. A message that comes later is accepted all the same.
    """
    return asked_count >= len(ASK_AFTER) and not last_answer

"""How long somebody who mistypes waits. It slows an attacker down; it never bans, and the longest wait is a quarter of an hour.

The CNIL (délibération 2022-100 of 21 July 2022, on passwords) asks for an access that is slowed down after failures, with a
wait that grows; it asks for no lock-out.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Patience:
    """How many failures in a row pass without any wait."""

    free: int


# One network address on one account; one network address on all accounts together (a school's or an operator's shared
# address holds many parents); one network address that tries activation codes.
ONE_ACCOUNT = Patience(free=5)
ANY_ACCOUNT = Patience(free=40)
CODES = Patience(free=10)
# Failures on one account, from everywhere, after which a new network address has one free try instead of five: who knows
# the password passes at the first try, a crowd that guesses goes five times slower.
CROWD = 50
UNDER_ATTACK = Patience(free=1)


def wait_after(failures: int, patience: Patience) -> timedelta:
    """Return how long to wait after so many failures in a row: nothing, then 30 s, 1 min, 2, 4, 8, and 15 min at most."""
    beyond = failures - patience.free
    if beyond < 0:
        return timedelta(0)
    return min(FIRST_WAIT * 2 ** min(beyond, 10), LONGEST_WAIT)


def remaining_wait(failures: int, last_at: datetime | None, patience: Patience, *, at: datetime) -> timedelta:
    """Return what is left to wait at an instant; nothing when the last failure is forgotten or lies in the future."""
    if last_at is None or not last_at <= at < last_at + FORGOTTEN_AFTER:
        return timedelta(0)
    return max(last_at + wait_after(failures, patience) - at, timedelta(0))


def in_words(wait: timedelta) -> str:
    """Write a wait, rounded up: « 30 secondes », « 1 minute », « 4 minutes »."""
    seconds = max(1, -int(-wait.total_seconds() // 1))
    if seconds < 60:
        return f"{seconds} seconde{'s' if seconds > 1 else ''}"
    minutes = -(-seconds // 60)
    return f"{minutes} minute{'s' if minutes > 1 else ''}"

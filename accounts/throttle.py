"""Slowing down whoever guesses passwords or codes: the one home of these waits.

What counts is kept in the cache. With the cache down every door is open (law 5), and the cache says so in the log. The
schedule is ``accounts.rules.waiting``; nothing here refuses a person for longer than a quarter of an hour, and a device that
has already signed in to an account is never slowed down on it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache

from accounts.rules import waiting
from castres_portal.base import clock
from castres_portal.base.errors import Refusal

NOT_LOCKED = "votre compte n’est pas bloqué."
KEPT_FORM = "ce que vous avez saisi est conservé."
KEPT_SECONDS = int(waiting.FORGOTTEN_AFTER.total_seconds())


class TooSoon(Refusal):
    """Somebody who must wait; ``wait`` says how long."""

    def __init__(self, wait: timedelta, comfort: str) -> None:
        self.wait = wait
        super().__init__(f"Trop d’essais ont échoué. Patientez {waiting.in_words(wait)}, puis recommencez : {comfort}")


@dataclass(frozen=True)
class Tally:
    """The failures in a row of one thing (an address, an account), in the cache."""

    key: str

    @classmethod
    def of(cls, *parts: str) -> "Tally":
        """Name a tally; nobody's address stands in clear in the cache."""
        digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        return cls(f"patience:{digest}")

    def read(self) -> tuple[int, datetime | None]:
        """Return how many failures in a row, and the instant of the last."""
        count = cache.get(f"{self.key}:n", 0)
        stamp = cache.get(f"{self.key}:at")
        return count, datetime.fromtimestamp(stamp, clock.PARIS) if stamp else None

    def take_turn(self, count: int, patience: waiting.Patience) -> bool:
        """Beyond the free tries, let one try pass at each step (``count``, as it was read), even if fifty arrive together."""
        return count < patience.free or bool(
            cache.add(f"{self.key}:turn:{count}", True, int(waiting.LONGEST_WAIT.total_seconds()))
        )

    def count(self, *, at: datetime) -> datetime | None:
        """Count a failure, before it is known to be one, so that tries that arrive together see each other.

        Returns the instant of the failure before, for ``take_back``.
        """
        _, before = self.read()
        cache.add(f"{self.key}:n", 0, KEPT_SECONDS)
        try:
            cache.incr(f"{self.key}:n")
        except ValueError:  # the row grew old between the two lines
            cache.set(f"{self.key}:n", 1, KEPT_SECONDS)
        cache.touch(f"{self.key}:n", KEPT_SECONDS)
        cache.set(f"{self.key}:at", at.timestamp(), KEPT_SECONDS)
        return before

    def take_back(self, before: datetime | None) -> None:
        """Take back one count: it was no failure, and changes nothing to the wait of the others."""
        count, _ = self.read()
        if count < 1:
            return
        cache.set(f"{self.key}:n", count - 1, KEPT_SECONDS)
        cache.set(f"{self.key}:at", before.timestamp() if before else None, KEPT_SECONDS)
        cache.delete(f"{self.key}:turn:{count - 1}")

    def forget(self) -> None:
        """Begin again from nothing."""
        count, _ = self.read()
        turns = [f"{self.key}:turn:{number}" for number in range(count + 1)]
        cache.delete_many([f"{self.key}:n", f"{self.key}:at", *turns])


@dataclass(frozen=True)
class Attempt:
    """A try that was let through and counted as a failure until it says otherwise."""

    own: Tally | None
    shared: tuple[tuple[Tally, datetime | None], ...] = ()

    def succeeded(self) -> None:
        """The secret was right: this address begins again, and takes back its own count from what it shares with others."""
        if self.own:
            self.own.forget()
        for tally, before in self.shared:
            tally.take_back(before)


def admit_password(*, network: str, email: str, device_is_known: bool, at: datetime) -> Attempt | None:
    """Let a password be tried, or raise TooSoon. None: a known device of this account, which nothing slows down."""
    if device_is_known:
        return None
    email = email.strip().lower()
    own = Tally.of("mot de passe", network, email)
    address, account = Tally.of("adresse", network), Tally.of("compte", email)
    crowd, last_at = account.read()
    is_attacked = crowd >= waiting.CROWD and last_at is not None and at < last_at + waiting.FORGOTTEN_AFTER
    patience = waiting.UNDER_ATTACK if is_attacked else waiting.ONE_ACCOUNT
    _refuse_too_soon(address, waiting.ANY_ACCOUNT, NOT_LOCKED, at=at)
    _refuse_too_soon(own, patience, NOT_LOCKED, at=at)
    own.count(at=at)
    return Attempt(own, tuple((tally, tally.count(at=at)) for tally in (address, account)))


def admit_code(*, network: str, at: datetime) -> Attempt:
    """Let an activation code be tried from a network address, or raise TooSoon."""
    own = Tally.of("code", network)
    _refuse_too_soon(own, waiting.CODES, KEPT_FORM, at=at)
    # A right code forgets nothing: whoever holds one would try others between two uses of it.
    return Attempt(None, ((own, own.count(at=at)),))


def _refuse_too_soon(tally: Tally, patience: waiting.Patience, comfort: str, *, at: datetime) -> None:
    count, last_at = tally.read()
    wait = waiting.remaining_wait(count, last_at, patience, at=at)
    if wait:
        raise TooSoon(wait, comfort)
    if not tally.take_turn(count, patience):
        raise TooSoon(waiting.FIRST_WAIT, comfort)

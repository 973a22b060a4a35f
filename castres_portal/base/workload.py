"""How busy this process is: the share of its threads that are at work, over the last second or so.

When all of them are, what comes in next waits outside, where nothing sees it. Who can put work off does so before that: the
waiting room lets fewer people in, a notification of the bank is kept and left to the worker.
"""

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

MEMORY_SECONDS = 1.0


class Gauge:
    """How many things are under way, averaged over a little while."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now, self._level, self._at = 0, 0.0, time.monotonic()

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count what is done inside."""
        self._move(1)
        try:
            yield
        finally:
            self._move(-1)

    def level(self) -> float:
        """Return how many are under way, on average of late."""
        self._move(0)
        return self._level

    def _move(self, step: int) -> None:
        with self._lock:
            at = time.monotonic()
            kept = math.exp((self._at - at) / MEMORY_SECONDS)
            self._level = self._level * kept + self._now * (1 - kept)
            self._now += step
            self._at = at


at_work = Gauge()


def busy() -> float:
    """Return which share of this process' threads has been at work of late: 0 none, 1 all."""
    return at_work.level() / settings.WEB_THREADS

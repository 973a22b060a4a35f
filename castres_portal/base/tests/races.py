"""Two people at once, for the race tests.

A scene with its lock and its control without it share their steps. With the lock only one of the two gets to the meeting: she
goes on alone after a moment, and whatever the machine's speed the outcome is the same. Without it both surely come: the first
then waits as long as it takes, so that a busy machine cannot hide the race.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Any

import pytest
from django.db import close_old_connections, connection
from django.db.models import QuerySet

ALONE, TOGETHER = 1.5, 60.0  # seconds to wait for the other

_patience = {"seconds": ALONE}


def at_once(*deeds):
    """Run deeds in as many threads; return what each gave or raised."""
    start, answers = threading.Barrier(len(deeds)), [None] * len(deeds)

    def run(place, deed):
        try:
            start.wait(TOGETHER)
            answers[place] = deed()
        except Exception as error:
            answers[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * TOGETHER)
    close_old_connections()
    return answers


def patience() -> float:
    """Return how many seconds to wait for the other in this scene."""
    return _patience["seconds"]


def meet(gate: threading.Barrier) -> None:
    """Wait for the other at a gate of two; go on alone when she does not come."""
    with suppress(threading.BrokenBarrierError):
        gate.wait(patience())


def meeting_after(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function, after which two threads wait for each other."""
    gate = threading.Barrier(2)

    @wraps(function)
    def slowly(*args: Any, **kwargs: Any) -> Any:
        answer = function(*args, **kwargs)
        meet(gate)
        return answer

    return slowly


def meeting_before(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function, before which two threads wait for each other."""
    gate = threading.Barrier(2)

    @wraps(function)
    def slowly(*args: Any, **kwargs: Any) -> Any:
        meet(gate)
        return function(*args, **kwargs)

    return slowly


def expect_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """Say that nothing holds either of the two: each waits for the other until she comes."""
    monkeypatch.setitem(_patience, "seconds", TOGETHER)


@contextmanager
def without_locks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take every row lock away: both come to the meeting."""
    with monkeypatch.context() as patch:
        take_locks_away(patch)
        yield


def take_locks_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, until the end of the test."""
    expect_both(monkeypatch)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self.all())

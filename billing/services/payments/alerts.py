"""Refused notifications: counted, and logged without drowning the log."""

import logging

from django.core.cache import cache

log = logging.getLogger(__name__)
HOUR_SECONDS = 3600
TOLD_AT = frozenset({1, 10, 100, 1_000, 10_000, 100_000})


def count_refused_notification(code: str) -> int:
    """Count a refusal of the hour by its short word and log the first, the tenth, the hundredth…; nothing is stored."""
    key = f"payzen-refus-{code}"
    count = 1 if cache.add(key, 1, HOUR_SECONDS) else _one_more(key)
    if count in TOLD_AT:
        log.error("Notification refusée (%s)\u00a0: %s en une heure", code, count)
    return count


def _one_more(key: str) -> int:
    try:
        return cache.incr(key)
    except ValueError:  # it expired between the two
        return 1

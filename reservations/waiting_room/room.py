"""The room itself, in Redis: who waits, in order of arrival, and who is inside.

People come in by rank, so many a second at most, fewer while the site is busy, and so many at once. A place inside is
given back by the receipt, or lapses. Every look of anybody makes the queue advance, in one script that nothing interrupts: nobody
has to be there for the next to come in. When Redis does not answer, the door is open, and the log says so (law 5).
"""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.exceptions import RedisError
from redis.retry import Retry

from castres_portal.base import workload

log = logging.getLogger(__name__)
PAUSE_SECONDS = 5.0
PATIENCE_SECONDS = 0.3
LIFE_SECONDS = 7200  # of what Redis keeps, once nobody looks any more
KNOWN_SECONDS = 3600
UNUSED = 0.65  # of an admission, when all that it took is a page that says that nothing is left
COME_SECONDS = 90  # to come in once one's turn has come, longer than any refresh of the page
WARM_SECONDS = 8  # to reach the full rate
# Shares of the threads at work: up to the first the room goes at its full rate, and the slower the nearer to the second. Never
# slower than a tenth: nothing closes the door.
EASY, STRAINED = 0.6, 1.0
SLOWEST_PACE = 0.1
FASTEST_REFRESH, SLOWEST_REFRESH, SPREAD = 2, 30, 13
OUTSIDE, ADMITTED = -1, 0

# Queue and inside are sorted sets; the meter counts the admissions that time has allowed and nobody has used yet.
SCRIPT = """
local queue, inside, meter, arrivals, known = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local ticket, rate, places = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local hold, come, joins, life = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6] == '1', tonumber(ARGV[7])
local warm, busy = tonumber(ARGV[8]), tonumber(ARGV[9])
local easy, strained, slowest = tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[12])
local memory = 8  -- seconds over which the speed of the queue is known
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
redis.call('ZREMRANGEBYSCORE', inside, '-inf', now)
if redis.call('ZSCORE', inside, ticket) then
  redis.call('ZADD', inside, now + hold, ticket)
  return {0, 0}
end
if not redis.call('ZSCORE', queue, ticket) then
  if not joins and redis.call('EXISTS', known) == 0 then return {-1, 0} end
  redis.call('ZADD', queue, redis.call('INCR', arrivals), ticket)
end
-- The first seconds, when everybody comes to the door, let few in.
redis.call('HSETNX', meter, 'began', tostring(now))
local began = tonumber(redis.call('HGET', meter, 'began'))
rate = rate * math.min(1, math.max(0.1, (now - began) / warm))
local allowed = tonumber(redis.call('HGET', meter, 'allowed')) or 1
local speed = tonumber(redis.call('HGET', meter, 'speed')) or tonumber(ARGV[2])
local last = tonumber(redis.call('HGET', meter, 'last')) or now
-- Then as many as the pages stand.
rate = rate * math.max(slowest, math.min(1, (strained - busy) / (strained - easy)))
local burst = math.max(1, rate)
allowed = math.min(burst, allowed + math.max(0, now - last) * rate)
speed = speed * math.exp(-math.max(0, now - last) / memory)
local number = math.floor(math.min(allowed, places - redis.call('ZCARD', inside)))
local mine = false
if number > 0 then
  local called = redis.call('ZPOPMIN', queue, number)
  for place = 1, #called, 2 do
    redis.call('ZADD', inside, now + come, called[place])
    mine = mine or called[place] == ticket
    allowed = allowed - 1
    speed = speed + 1 / memory
  end
end
redis.call('HSET', meter, 'allowed', tostring(allowed), 'last', tostring(now), 'speed', tostring(speed))
for place = 1, 4 do redis.call('EXPIRE', KEYS[place], life) end
if mine then
  redis.call('ZADD', inside, now + hold, ticket)
  return {0, 0}
end
return {redis.call('ZRANK', queue, ticket) + 1, math.max(1, math.floor(1000 * speed))}
"""


@dataclass(frozen=True)
class Standing:
    """Where a ticket stands: its ``rank`` in the queue, 1 for the next; 0 inside; -1 when it has not come to the room.

    ``speed``: how many came in each second of late, 0 when that is not known.
    """

    rank: int
    speed: float = 0.0

    @property
    def waits(self) -> bool:
        """Whether it waits."""
        return self.rank > ADMITTED

    @property
    def seconds(self) -> int:
        """About how long it will wait, if places inside do not lack."""
        rate = settings.WAITING_ROOM["rate"]
        return math.ceil(max(self.rank, 0) / max(self.speed or rate, rate * SLOWEST_PACE))

    @property
    def refresh(self) -> int:
        """In how many seconds to look again: often when near, seldom when far, and never all of those who are far at once."""
        return max(FASTEST_REFRESH, min(SLOWEST_REFRESH - self.rank % SPREAD, self.seconds))


INSIDE = Standing(ADMITTED)
_down_until = 0.0


def enter(period: int, ticket: str) -> Standing:
    """Come to the door of a period (id): inside at once when there is room and nobody before, else last in the queue."""
    return _step(period, ticket, joins=True)


def look(period: int, ticket: str) -> Standing:
    """Return where a ticket stands, and let the queue advance; who is known takes a place in it."""
    return _step(period, ticket, joins=False)


def remember(ticket: str) -> None:
    """Know for an hour that a ticket is that of a family that has signed in: it waits for an opening."""
    _try(lambda: _redis().set(_known(ticket), 1, ex=KNOWN_SECONDS), 0)


def leave(period: int, ticket: str, *, empty_handed: bool = False) -> None:
    """Give one's place inside back; who finds nothing to fill in has cost the site a third of who sends a form."""
    if not settings.WAITING_ROOM["enabled"]:
        return
    gone = _try(lambda: _redis().zrem(_key(period, "dedans"), ticket), 0)
    if gone and empty_handed:
        _try(lambda: _redis().hincrbyfloat(_key(period, "debit"), "allowed", UNUSED), 0)


def _step(period: int, ticket: str, *, joins: bool) -> Standing:
    room = settings.WAITING_ROOM
    keys = [_key(period, name) for name in ("file", "dedans", "debit", "arrivees")]
    keys.append(_known(ticket))
    values = [ticket, room["rate"], room["places"], room["hold"], COME_SECONDS, int(joins), LIFE_SECONDS]
    values += [WARM_SECONDS, workload.busy(), EASY, STRAINED, SLOWEST_PACE]
    rank, speed = _try(lambda: _script()(keys=keys, args=values), (ADMITTED if joins else OUTSIDE, 0))
    return Standing(rank, speed / 1000)


def _known(ticket: str) -> str:
    return f"{settings.WAITING_ROOM['prefix']}salle:connu:{ticket}"


def _key(period: int, name: str) -> str:
    return f"{settings.WAITING_ROOM['prefix']}salle:{period}:{name}"


def _try(deed: Callable[[], Any], fallback: Any) -> Any:
    global _down_until
    if time.monotonic() < _down_until:
        return fallback
    try:
        return deed()
    except (RedisError, OSError) as error:
        _down_until = time.monotonic() + PAUSE_SECONDS
        log.error("Redis ne répond pas, la salle d’attente est ouverte : %s", error)
        return fallback


@cache
def _redis() -> Redis:
    return Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=PATIENCE_SECONDS,
        socket_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


@cache
def _script() -> Script:
    return _redis().register_script(SCRIPT)

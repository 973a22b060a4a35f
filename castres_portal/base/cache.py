"""A Redis cache that fails open: with Redis down the portal serves its pages, without throttles, and says so in its log."""

import logging
import time
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = logging.getLogger(__name__)
PAUSE_SECONDS = 5.0


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache; every failure is an empty cache, and Redis is left alone for five seconds after one."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = {
            "socket_connect_timeout": 0.3,
            "socket_timeout": 0.3,
            "retry": Retry(NoBackoff(), 0),
            **params.get("OPTIONS", {}),
        }
        super().__init__(server, {**params, "OPTIONS": options})
        self._down_until = 0.0

    def _try(self, fallback: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() < self._down_until:
            return fallback
        try:
            return getattr(super(), method)(*args, **kwargs)
        except (RedisError, OSError) as error:
            self._down_until = time.monotonic() + PAUSE_SECONDS
            log.error("Redis ne répond pas, le cache et les limites de débit sont ouverts : %s", error)
            return fallback

    # `add` answers True: callers use it as a lock, and a lock that nobody can take would close the door (law 5).
    def add(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._try(True, "add", *args, **kwargs))

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._try(default, "get", key, default, version)

    def set(self, *args: Any, **kwargs: Any) -> None:
        self._try(None, "set", *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._try(False, "touch", *args, **kwargs))

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._try(False, "delete", *args, **kwargs))

    def get_many(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        return dict(self._try({}, "get_many", *args, **kwargs))

    def has_key(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._try(False, "has_key", *args, **kwargs))

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        return int(self._try(delta, "incr", key, delta, version))

    def set_many(self, *args: Any, **kwargs: Any) -> list[Any]:
        return list(self._try([], "set_many", *args, **kwargs))

    def delete_many(self, *args: Any, **kwargs: Any) -> None:
        self._try(None, "delete_many", *args, **kwargs)

    def clear(self) -> None:
        self._try(None, "clear")

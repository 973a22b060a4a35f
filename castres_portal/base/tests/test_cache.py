"""With Redis down the portal serves: the cache is empty and the throttles are open."""

import logging
import time

import pytest

from castres_portal.base.cache import ForgivingRedisCache


@pytest.fixture
def dead_redis():
    return ForgivingRedisCache("redis://127.0.0.1:1/0", {})


def test_every_call_answers_as_an_empty_cache_would(dead_redis, caplog):
    with caplog.at_level(logging.ERROR):
        assert dead_redis.get("clé") is None
    assert "Redis ne répond pas" in caplog.text
    assert dead_redis.get("clé", 3) == 3
    assert dead_redis.set("clé", 1) is None
    assert dead_redis.delete("clé") is False
    assert dead_redis.get_many(["a", "b"]) == {}
    assert dead_redis.incr("compteur", 2) == 2
    assert dead_redis.has_key("clé") is False


def test_a_lock_can_be_taken_so_that_nobody_is_shut_out(dead_redis):
    assert dead_redis.add("verrou", 1) is True


def test_a_dead_redis_is_asked_once_in_a_while_only(dead_redis):
    dead_redis.get("clé")

    started = time.perf_counter()
    for _ in range(100):
        dead_redis.get("clé")

    assert dead_redis._down_until > time.monotonic()
    assert time.perf_counter() - started < 5

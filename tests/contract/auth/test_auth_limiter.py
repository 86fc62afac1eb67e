"""Counting failed logins: in Redis for all gateways, and in one process."""

from __future__ import annotations

import time

import pytest
import redis

from openclaw.coordination.auth_limiter import RedisAuthLimiter
from openclaw.coordination.client import connect
from openclaw.coordination.memory_auth_limiter import MAX_ENTRIES, MemoryAuthLimiter
from openclaw.ports.auth_limiter import AuthLimiter, LimiterRule
from tests.waiting import wait_until

RULE = LimiterRule(max_failures=3, window_seconds=30, lock_seconds=60)


@pytest.fixture(params=["memory", "redis"])
def limiter(request: pytest.FixtureRequest, redis_client: redis.Redis) -> AuthLimiter:
    return MemoryAuthLimiter() if request.param == "memory" else RedisAuthLimiter(redis_client)


def test_too_many_failures_lock_an_address_out(limiter: AuthLimiter) -> None:
    assert [limiter.failed("token", "203.0.113.9", RULE) for _ in range(2)] == [0, 0]
    assert limiter.locked_seconds("token", "203.0.113.9") == 0
    assert 55 < limiter.failed("token", "203.0.113.9", RULE) <= 60
    assert 55 < limiter.locked_seconds("token", "203.0.113.9") <= 60


def test_a_failure_under_a_lock_does_not_lengthen_it(limiter: AuthLimiter) -> None:
    for _ in range(3):
        limiter.failed("token", "a", RULE)
    assert limiter.failed("token", "a", LimiterRule(1, 30, 600)) <= 60


def test_scopes_and_addresses_are_counted_apart(limiter: AuthLimiter) -> None:
    for _ in range(3):
        limiter.failed("token", "203.0.113.9", RULE)
    assert limiter.locked_seconds("token", "203.0.113.10") == 0
    assert limiter.locked_seconds("hook", "203.0.113.9") == 0


def test_success_forgets_the_failures(limiter: AuthLimiter) -> None:
    for _ in range(2):
        limiter.failed("token", "a", RULE)
    limiter.succeeded("token", "a")
    assert [limiter.failed("token", "a", RULE) for _ in range(2)] == [0, 0]


def test_old_failures_do_not_count(limiter: AuthLimiter) -> None:
    rule = LimiterRule(max_failures=2, window_seconds=0.05, lock_seconds=60)
    limiter.failed("token", "a", rule)
    end = time.monotonic() + 0.06
    wait_until(lambda: time.monotonic() > end, 1)
    assert limiter.failed("token", "a", rule) == 0


def test_gateways_count_together(redis_client: redis.Redis) -> None:
    one, other = RedisAuthLimiter(redis_client), RedisAuthLimiter(redis_client)
    for number in range(3):
        (one, other)[number % 2].failed("token", "a", RULE)
    assert other.locked_seconds("token", "a") > 0


def test_every_key_expires(redis_client: redis.Redis) -> None:
    limiter = RedisAuthLimiter(redis_client)
    limiter.failed("token", "a", RULE)
    for _ in range(3):
        limiter.failed("token", "b", RULE)
    assert all(redis_client.pttl(key) > 0 for key in redis_client.scan_iter())


def test_without_redis_a_process_counts_by_itself() -> None:
    limiter = RedisAuthLimiter(connect("unix:///nowhere/s.sock"))
    for _ in range(3):
        limiter.failed("token", "a", RULE)
    assert limiter.locked_seconds("token", "a") > 0


def test_the_memory_is_bounded_and_never_forgets_who_is_locked() -> None:
    limiter = MemoryAuthLimiter()
    limiter.failed("token", "locked", LimiterRule(1, 30, 60))
    for number in range(MAX_ENTRIES + 10):
        limiter.failed("token", str(number), RULE)
    assert limiter.locked_seconds("token", "locked") > 0
    assert len(limiter._entries) <= MAX_ENTRIES

"""Counting messages: in Redis for all processes, and in one process."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import redis

from openclaw.coordination.client import connect
from openclaw.coordination.memory_rate_limiter import MAX_ENTRIES, MemoryRateLimiter
from openclaw.coordination.rate_limiter import RedisRateLimiter
from openclaw.domain.rate_limit import Allowance
from openclaw.ports.rate_limiter import Counter, RateLimiter, Take
from tests.waiting import wait_until

pytestmark = pytest.mark.spec("K8")

HOUR_MS = 3_600_000
ACCOUNT = "telegram:default"


def counter(name: str, limit: int, window_ms: int = HOUR_MS) -> Counter:
    return Counter(name, Allowance(limit, window_ms))


@pytest.fixture(params=["memory", "redis"])
def limiter(request: pytest.FixtureRequest, redis_client: redis.Redis) -> RateLimiter:
    return MemoryRateLimiter() if request.param == "memory" else RedisRateLimiter(redis_client)


def test_a_window_takes_so_many_and_the_first_refusal_is_told(limiter: RateLimiter) -> None:
    taken = [limiter.take(ACCOUNT, [counter("a", 3)]) for _ in range(5)]
    assert taken == [Take.TAKEN] * 3 + [Take.REFUSED_FIRST, Take.REFUSED]


def test_an_event_that_was_taken_counts_once_however_often_it_comes(limiter: RateLimiter) -> None:
    few = [counter("a", 2), counter("all", 9)]
    assert all(limiter.take(ACCOUNT, few, "e1").is_taken for _ in range(20))
    assert limiter.take("telegram:second", [counter("a", 1)], "e1").is_taken
    assert [limiter.take(ACCOUNT, few, event) for event in ("e2", "e3", "e1")] == [
        Take.TAKEN,
        Take.REFUSED_FIRST,
        Take.TAKEN,
    ]
    assert limiter.take(ACCOUNT, few, "e3") is Take.REFUSED, "what was refused is not taken because it comes again"


def test_an_event_is_forgotten_with_its_window(limiter: RateLimiter) -> None:
    full = [counter("full", 1)]
    limiter.take(ACCOUNT, full)
    assert limiter.take(ACCOUNT, [counter("a", 1, 80)], "e1").is_taken
    wait_until(lambda: not limiter.take(ACCOUNT, full, "e1").is_taken, 5)


def test_counters_and_accounts_are_apart(limiter: RateLimiter) -> None:
    assert limiter.take(ACCOUNT, [counter("a", 1)]).is_taken
    assert not limiter.take(ACCOUNT, [counter("a", 1)]).is_taken
    assert limiter.take(ACCOUNT, [counter("b", 1)]).is_taken
    assert limiter.take("telegram:second", [counter("a", 1)]).is_taken


def test_one_is_taken_from_all_counters_or_from_none(limiter: RateLimiter) -> None:
    assert limiter.take(ACCOUNT, [counter("a", 9), counter("all", 1)]).is_taken
    for _ in range(20):
        assert not limiter.take(ACCOUNT, [counter("b", 9), counter("all", 1)]).is_taken
    assert [limiter.take(ACCOUNT, [counter("b", 9)]).is_taken for _ in range(10)] == [True] * 9 + [False]


def test_without_a_limit_nothing_is_refused(limiter: RateLimiter) -> None:
    assert all(limiter.take(ACCOUNT, [counter("a", 0), counter("all", 0)]).is_taken for _ in range(100))
    assert limiter.take(ACCOUNT, [counter("a", 0), counter("all", 1)]).is_taken
    assert limiter.take(ACCOUNT, [counter("a", 0), counter("all", 1)]) is Take.REFUSED_FIRST


def test_room_comes_back_with_time(limiter: RateLimiter) -> None:
    few = [counter("a", 2, 80)]
    assert [limiter.take(ACCOUNT, few).is_taken for _ in range(2)] == [True, True]
    wait_until(lambda: limiter.take(ACCOUNT, few).is_taken, 5)


def test_processes_count_together(redis_client: redis.Redis) -> None:
    one, other = RedisRateLimiter(redis_client), RedisRateLimiter(redis_client)
    assert one.take(ACCOUNT, [counter("a", 2)]).is_taken
    assert other.take(ACCOUNT, [counter("a", 2)]).is_taken
    assert not one.take(ACCOUNT, [counter("a", 2)]).is_taken
    keys = [key.decode() for key in redis_client.keys("oc:{rate*")]
    assert keys
    assert all(redis_client.pttl(key) > 0 for key in keys)


def test_while_redis_is_away_a_process_counts_by_itself_and_does_not_ask_each_time() -> None:
    now = [0.0]
    with connect("redis://127.0.0.1:1/0") as client:
        away = RedisRateLimiter(client, clock=lambda: now[0])
        asked = counting(client)
        taken = [away.take(ACCOUNT, [counter("a", 2)], event) for event in ("e1", "e1", "e2", "e3", "e4")]
        assert taken == [Take.TAKEN, Take.TAKEN, Take.TAKEN, Take.REFUSED_FIRST, Take.REFUSED]
        assert asked() == 1
        now[0] = 6.0
        away.take(ACCOUNT, [counter("a", 2)])
        assert asked() == 2


def counting(client: redis.Redis) -> Callable[[], int]:
    calls = []
    evalsha = client.evalsha
    client.evalsha = lambda *args: (calls.append(args), evalsha(*args))[1]  # type: ignore[method-assign]
    return lambda: len(calls)


def test_the_memory_of_one_process_is_bounded() -> None:
    limiter = MemoryRateLimiter(time.monotonic)
    for number in range(MAX_ENTRIES + 10):
        limiter.take(ACCOUNT, [counter(str(number), 1)])
    assert limiter.take(ACCOUNT, [counter("0", 1)]).is_taken, "forgotten, so let through"
    assert not limiter.take(ACCOUNT, [counter(str(MAX_ENTRIES), 1)]).is_taken

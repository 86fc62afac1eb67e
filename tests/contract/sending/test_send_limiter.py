"""The pace of an account's sends: in Redis for all workers, and in one process."""

from __future__ import annotations

import pytest
import redis

from openclaw.coordination.client import connect
from openclaw.coordination.memory_send_limiter import MAX_ENTRIES, MemorySendLimiter
from openclaw.coordination.send_limiter import RedisSendLimiter
from openclaw.ports.send_limiter import Allowance, SendLimiter, SendSlot

ACCOUNT = "telegram:default"
PER_CHAT = Allowance("42", 1, 60_000)
OF_ACCOUNT = Allowance("", 2, 60_000)
HOUR_MS = 3_600_000


@pytest.fixture(params=["memory", "redis"])
def limiter(request: pytest.FixtureRequest, redis_client: redis.Redis) -> SendLimiter:
    return MemorySendLimiter() if request.param == "memory" else RedisSendLimiter(redis_client)


def near(wait_ms: int, wanted_ms: int) -> bool:
    """Whether it is this wait, but for the time that the test itself took."""
    return wanted_ms - 10_000 < wait_ms <= wanted_ms


def test_without_an_allowance_nothing_waits(limiter: SendLimiter) -> None:
    assert all(limiter.reserve(ACCOUNT, (), 0) == SendSlot(True, 0) for _ in range(50))


def test_what_is_allowed_leaves_at_once(limiter: SendLimiter) -> None:
    assert [limiter.reserve(ACCOUNT, (OF_ACCOUNT,), 0) for _ in range(2)] == [SendSlot(True, 0)] * 2


def test_a_moment_that_comes_soon_is_reserved(limiter: SendLimiter) -> None:
    waits = [limiter.reserve(ACCOUNT, (PER_CHAT,), HOUR_MS) for _ in range(3)]
    assert all(slot.granted for slot in waits)
    assert [near(slot.wait_ms, number * 60_000) for number, slot in enumerate(waits)] == [True] * 3


def test_a_moment_that_is_far_off_is_not_taken(limiter: SendLimiter) -> None:
    limiter.reserve(ACCOUNT, (PER_CHAT,), 0)
    for _ in range(3):
        slot = limiter.reserve(ACCOUNT, (PER_CHAT,), 1_000)
        assert not slot.granted
        assert near(slot.wait_ms, 60_000)


def test_the_next_moment_is_a_window_after_the_send_that_used_the_allowance_up(limiter: SendLimiter) -> None:
    waits = [limiter.reserve(ACCOUNT, (OF_ACCOUNT,), HOUR_MS).wait_ms for _ in range(5)]
    assert waits[:2] == [0, 0]
    assert near(waits[2], 60_000)
    assert near(waits[3], 60_000)
    assert near(waits[4], 120_000)


def test_the_strictest_allowance_decides(limiter: SendLimiter) -> None:
    limiter.reserve(ACCOUNT, (OF_ACCOUNT, PER_CHAT), 0)
    assert not limiter.reserve(ACCOUNT, (OF_ACCOUNT, PER_CHAT), 0).granted
    assert limiter.reserve(ACCOUNT, (OF_ACCOUNT, Allowance("43", 1, 60_000)), 0) == SendSlot(True, 0)
    assert not limiter.reserve(ACCOUNT, (OF_ACCOUNT, Allowance("44", 1, 60_000)), 0).granted


def test_accounts_are_counted_apart(limiter: SendLimiter) -> None:
    limiter.reserve(ACCOUNT, (PER_CHAT,), 0)
    assert limiter.reserve("telegram:other", (PER_CHAT,), 0).granted


def test_those_who_are_sent_away_come_back_one_after_the_other(limiter: SendLimiter) -> None:
    for _ in range(2):
        limiter.reserve(ACCOUNT, (OF_ACCOUNT,), 0)
    waits = [limiter.reserve(ACCOUNT, (OF_ACCOUNT,), 0).wait_ms for _ in range(3)]
    assert [near(wait, 60_000 + number * 30_000) for number, wait in enumerate(waits)] == [True] * 3


def test_a_platform_that_wants_a_pause_gets_it_from_the_whole_account(limiter: SendLimiter) -> None:
    limiter.hold_back(ACCOUNT, 90_000)
    for target in ("42", "43"):
        slot = limiter.reserve(ACCOUNT, (Allowance(target, 1, 1_000),), 1_000)
        assert not slot.granted
        assert near(slot.wait_ms, 90_000)
    assert limiter.reserve("telegram:other", (PER_CHAT,), 0).granted


def test_a_shorter_pause_does_not_end_a_longer_one(limiter: SendLimiter) -> None:
    limiter.hold_back(ACCOUNT, 90_000)
    limiter.hold_back(ACCOUNT, 1_000)
    assert near(limiter.reserve(ACCOUNT, (), 0).wait_ms, 90_000)


def test_workers_count_together(redis_client: redis.Redis) -> None:
    one, other = RedisSendLimiter(redis_client), RedisSendLimiter(redis_client)
    assert one.reserve(ACCOUNT, (PER_CHAT,), 0).granted
    assert not other.reserve(ACCOUNT, (PER_CHAT,), 0).granted
    one.hold_back(ACCOUNT, 300_000)
    assert near(other.reserve(ACCOUNT, (), 0).wait_ms, 300_000)


def test_every_key_expires(redis_client: redis.Redis) -> None:
    limiter = RedisSendLimiter(redis_client)
    for _ in range(3):
        limiter.reserve(ACCOUNT, (OF_ACCOUNT, PER_CHAT), 0)
    limiter.hold_back(ACCOUNT, 5_000)
    keys = list(redis_client.scan_iter())
    assert len(keys) == 4
    assert all(redis_client.pttl(key) > 0 for key in keys)


def test_without_redis_a_process_keeps_the_pace_by_itself() -> None:
    limiter = RedisSendLimiter(connect("unix:///nowhere/s.sock"))
    assert limiter.reserve(ACCOUNT, (PER_CHAT,), 0).granted
    assert not limiter.reserve(ACCOUNT, (PER_CHAT,), 0).granted
    limiter.hold_back(ACCOUNT, 90_000)
    assert near(limiter.reserve(ACCOUNT, (), 0).wait_ms, 90_000)


def test_a_process_remembers_no_more_than_it_must() -> None:
    limiter = MemorySendLimiter(lambda: 0)
    for number in range(MAX_ENTRIES + 10):
        limiter.reserve(ACCOUNT, (Allowance(str(number), 1, 1_000),), 0)
        limiter.reserve(f"telegram:{number}", (), 0)
    assert len(limiter._accounts) <= MAX_ENTRIES
    assert all(len(account.moments) <= MAX_ENTRIES for account in limiter._accounts.values())

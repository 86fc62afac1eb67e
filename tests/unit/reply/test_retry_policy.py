"""When a chunk is tried again."""

from __future__ import annotations

import random

from openclaw.reply.retry import RetryPolicy


def test_the_delays_grow_and_then_the_chunk_is_given_up():
    policy = RetryPolicy(jitter=0)
    delays = [policy.delay_ms(attempt, random.Random(1)) for attempt in range(1, 6)]
    assert delays == [5_000, 25_000, 120_000, 600_000, None]


def test_the_last_delay_repeats_for_a_more_patient_operator():
    policy = RetryPolicy(jitter=0, max_attempts=8)
    assert policy.delay_ms(7, random.Random(1)) == 600_000
    assert policy.delay_ms(8, random.Random(1)) is None


def test_delays_vary_within_a_tenth():
    delays = {RetryPolicy().delay_ms(1, random.Random(seed)) for seed in range(50)}
    assert len(delays) > 10
    assert all(4_500 <= delay <= 5_500 for delay in delays if delay)


def test_a_wait_the_platform_asked_for_is_kept_in_full():
    assert RetryPolicy().rate_limit_delay_ms(1, 30) > 30_000


def test_a_wait_is_no_failure_until_it_is_absurd():
    policy = RetryPolicy()
    assert policy.rate_limit_delay_ms(20, 1) is not None
    assert policy.rate_limit_delay_ms(50, 1) is None


def test_an_absurd_wait_is_cut():
    assert RetryPolicy().rate_limit_delay_ms(1, 10**9) == 3_600_001


def test_without_a_number_the_first_delay_serves():
    assert RetryPolicy().rate_limit_delay_ms(1, None) == 5_001

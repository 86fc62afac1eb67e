"""How long a model rests after it failed."""

from __future__ import annotations

import pytest

from openclaw.domain.model_rest import BILLING_STEPS_MS, FORGET_MS, STEPS_MS, Rest, after_failure

pytestmark = pytest.mark.spec("E6")

MINUTE = 60_000


def failing(reason: str, times: int) -> list[int]:
    """How long each rest is when every one is followed by a failure at its end."""
    rest, now, lengths = None, 0, []
    for _ in range(times):
        rest = after_failure(rest, reason, now)
        lengths.append(rest.until_ms - now)
        now = rest.until_ms
    return lengths


def test_it_rests_longer_each_time_up_to_an_hour():
    assert failing("rate_limit", 6) == [*STEPS_MS, STEPS_MS[-1], STEPS_MS[-1]]
    assert STEPS_MS == (MINUTE, 5 * MINUTE, 25 * MINUTE, 60 * MINUTE)


def test_an_account_without_credit_rests_for_hours():
    assert failing("billing", 5) == [*BILLING_STEPS_MS, BILLING_STEPS_MS[-1]]
    assert BILLING_STEPS_MS[0] == 5 * 60 * MINUTE


def test_failures_while_it_rests_are_one_step_whoever_meets_them():
    first = after_failure(None, "rate_limit", 0)
    again = after_failure(first, "rate_limit", 30_000)
    assert (again.failures, again.until_ms) == (1, MINUTE)


def test_a_vendor_that_asks_for_longer_has_it():
    first = after_failure(None, "rate_limit", 0, retry_after_ms=10 * MINUTE)
    assert first.until_ms == 10 * MINUTE
    assert after_failure(first, "rate_limit", 1000, retry_after_ms=20 * MINUTE).until_ms == 1000 + 20 * MINUTE
    assert after_failure(None, "rate_limit", 0, retry_after_ms=1000).until_ms == MINUTE
    assert after_failure(None, "rate_limit", 0, retry_after_ms=10**15).until_ms == FORGET_MS


def test_after_a_day_without_failures_it_begins_anew():
    hard = Rest("rate_limit", failures=4, until_ms=60 * MINUTE, last_failure_ms=0)
    assert after_failure(hard, "rate_limit", FORGET_MS + 1).failures == 1
    assert hard.is_old(FORGET_MS + 61 * MINUTE)


def test_while_somebody_tries_the_others_leave_it_alone():
    rest = Rest("rate_limit", 1, until_ms=100, probe_until_ms=200)
    assert [rest.holds(now) for now in (99, 100, 199, 200)] == [True, True, True, False]

"""Which models are left alone is the same for every worker, and outlives Redis."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import redis

from openclaw.composition.model_health import SharedModelHealth
from openclaw.coordination.client import connect
from openclaw.coordination.rest_mirror import KEY, TTL_SECONDS, RedisRestMirror
from openclaw.errors import (
    AuthFailed,
    BillingFailed,
    ContextOverflow,
    Overloaded,
    ProviderError,
    ProviderTimeout,
    RateLimited,
)
from openclaw.ports.provider import ModelRef
from openclaw.store.repositories.model_rests import SqlModelRests
from tests.integration.web.twins import open_database

pytestmark = pytest.mark.spec("E6")

BIG, SMALL = ModelRef("acme", "big"), ModelRef("acme", "small")
MINUTE = 60_000


@dataclass
class Workers:
    """Any number of workers at one moment."""

    store: SqlModelRests
    client: redis.Redis
    now: int = 1_800_000_000_000
    accounts: dict[str, str] = field(default_factory=lambda: {"acme": "acme#1"})

    def worker(self, client: redis.Redis | None = None) -> SharedModelHealth:
        mirror = RedisRestMirror(client or self.client)
        return SharedModelHealth(
            self.store, mirror, lambda: self.now, lambda provider, profile: self.accounts[provider]
        )


@pytest.fixture
def workers(redis_client: redis.Redis, tmp_path: Path) -> Iterator[Workers]:
    database = open_database(tmp_path)
    yield Workers(SqlModelRests(database), redis_client)
    database.close()


def fail(worker: SharedModelHealth, error: ProviderError, ref: ModelRef = BIG) -> None:
    worker.failed(ref, error)


def test_every_worker_sees_a_rate_limit_at_once_and_other_models_go_on(workers: Workers) -> None:
    one, two = workers.worker(), workers.worker()
    assert two.rest_of(BIG) is None
    fail(one, RateLimited("slow down"))
    rest = two.rest_of(BIG)
    assert (rest.reason, rest.until_ms, rest.error) == ("rate_limit", workers.now + MINUTE, "slow down")
    assert two.rest_of(SMALL) is None


@pytest.mark.parametrize("error", [AuthFailed("bad key"), BillingFailed("no credit")])
def test_what_is_wrong_with_an_account_is_so_for_all_its_models(workers: Workers, error: ProviderError) -> None:
    fail(workers.worker(), error)
    assert workers.worker().rest_of(SMALL).reason == error.reason
    # With another key it is another account.
    workers.accounts["acme"] = "acme#2"
    assert workers.worker().rest_of(SMALL) is None


@pytest.mark.parametrize("error", [ProviderTimeout("slow"), ContextOverflow("long")])
def test_other_failures_let_nothing_rest(workers: Workers, error: ProviderError) -> None:
    fail(workers.worker(), error)
    assert workers.worker().rest_of(BIG) is None


def test_many_workers_that_fail_at_once_are_one_step(workers: Workers) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: fail(workers.worker(), RateLimited("slow down")), range(16)))
    (found,) = workers.worker().resting()
    assert (found.provider, found.model, found.rest.failures) == ("acme", "big", 1)


def test_when_it_is_over_one_worker_tries_and_the_answer_frees_the_others(workers: Workers) -> None:
    fail(workers.worker(), RateLimited("slow down"))
    workers.now += MINUTE
    crowd = [workers.worker() for _ in range(16)]
    with ThreadPoolExecutor(8) as pool:
        rests = list(pool.map(lambda worker: worker.rest_of(BIG), crowd))
    (prober,) = [worker for worker, rest in zip(crowd, rests, strict=True) if rest is None]
    assert workers.worker().rest_of(BIG) is not None
    prober.answered(BIG)
    assert all(worker.rest_of(BIG) is None for worker in crowd)
    assert workers.worker().resting() == []


def test_a_try_that_fails_is_the_next_step(workers: Workers) -> None:
    fail(workers.worker(), RateLimited("slow down"))
    workers.now += MINUTE
    prober = workers.worker()
    assert prober.rest_of(BIG) is None
    fail(prober, ProviderTimeout("silence"))
    assert workers.worker().rest_of(BIG).until_ms == workers.now + 5 * MINUTE


def test_a_worker_that_died_trying_is_followed_by_another(workers: Workers) -> None:
    fail(workers.worker(), RateLimited("slow down"))
    workers.now += MINUTE
    assert workers.worker().rest_of(BIG) is None
    workers.now += 2 * MINUTE
    assert workers.worker().rest_of(BIG) is None


def test_an_emptied_redis_is_filled_from_the_database(workers: Workers) -> None:
    fail(workers.worker(), Overloaded("busy"))
    workers.client.flushall()
    assert workers.worker().rest_of(BIG).reason == "overloaded"
    assert workers.client.exists(KEY)


def test_what_is_said_of_one_before_all_are_known_hides_none_of_the_others(workers: Workers) -> None:
    fail(workers.worker(), RateLimited("slow down"))
    workers.client.delete(KEY)
    fail(workers.worker(), Overloaded("busy"), SMALL)
    assert workers.worker().rest_of(BIG).reason == "rate_limit"
    assert 0 < workers.client.ttl(KEY) <= TTL_SECONDS


def test_without_redis_the_database_says_it(workers: Workers) -> None:
    away = connect("redis://127.0.0.1:1/0", max_connections=1)
    fail(workers.worker(away), RateLimited("slow down"))
    assert workers.worker(away).rest_of(BIG).reason == "rate_limit"


def test_what_rests_can_be_cleared_by_hand(workers: Workers) -> None:
    worker = workers.worker()
    fail(worker, RateLimited("slow down"))
    fail(worker, AuthFailed("bad key"))
    assert worker.clear_provider("other") == 0
    assert worker.clear_provider("acme") == 2
    assert workers.worker().rest_of(BIG) is None

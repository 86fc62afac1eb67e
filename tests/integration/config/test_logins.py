"""Logins with vendors that hand out tokens: had by a code, renewed once over all workers, gone when refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from openclaw.composition.auth_profiles import LeasedRenewal, StoredProfiles
from openclaw.coordination.client import connect
from openclaw.coordination.leases import Lease
from openclaw.errors import AuthFailed, ProviderTimeout
from openclaw.ports.auth_profiles import StoredProfile
from openclaw.providers.oauth.tokens import EARLY_MS, Tokens, await_login, begin_login, renewed
from openclaw.providers.oauth.vendors import OAUTH_VENDORS
from openclaw.security.sealing import Sealer
from openclaw.store.repositories.auth_profiles import SqlAuthProfiles
from tests.integration.web.twins import now_ms, open_database
from tests.wire.oauth.server import OAuthServer

pytestmark = pytest.mark.spec("F6", "F7")


@pytest.fixture
def server() -> Iterator[OAuthServer]:
    with OAuthServer() as running:
        yield running


def test_a_login_waits_for_the_person_and_goes_slower_when_asked_to(server: OAuthServer) -> None:
    vendor, pauses = OAUTH_VENDORS["qwen-portal"].at(server.url), []
    server.pending.extend(
        [{"error": "authorization_pending"}, {"error": "slow_down"}, {"error": "authorization_pending"}]
    )
    code = begin_login(vendor)
    assert (code.user_code, code.verification_url) == ("WDJB-MJHT", "https://vendor.example/device")
    tokens = await_login(vendor, code, now_ms, pauses.append)
    assert (tokens.access, tokens.refresh) == ("access-1", "r-1")
    assert tokens.expires_at_ms > now_ms() + 3_000_000
    assert pauses == [0.01, 5.01, 5.01]


def test_a_copilot_login_is_exchanged_and_buys_every_later_token(server: OAuthServer) -> None:
    vendor = OAUTH_VENDORS["github-copilot"].at(server.url)
    tokens = await_login(vendor, begin_login(vendor), now_ms, lambda _: None)
    assert (tokens.access, tokens.refresh) == ("copilot-2", "r-1")
    assert renewed(vendor, tokens, now_ms()).access == "copilot-3"


@pytest.mark.parametrize(
    ("pending", "error"), [({"error": "access_denied"}, AuthFailed), ({"error": "expired_token"}, AuthFailed)]
)
def test_a_login_that_is_refused_ends(server: OAuthServer, pending: dict[str, str], error: type[Exception]) -> None:
    vendor = OAUTH_VENDORS["qwen-portal"].at(server.url)
    server.pending.append(pending)
    with pytest.raises(error, match="the login was refused"):
        await_login(vendor, begin_login(vendor), now_ms, lambda _: None)


def test_nobody_who_comes_lets_the_code_expire(server: OAuthServer) -> None:
    vendor, times = OAUTH_VENDORS["qwen-portal"].at(server.url), iter([0, 1, 900_001])
    server.pending.append({"error": "authorization_pending"})
    with pytest.raises(ProviderTimeout, match="nobody logged in"):
        await_login(vendor, begin_login(vendor), lambda: next(times), lambda _: None)


@dataclass
class Workers:
    """Any number of workers that share a login which is about to end."""

    server: OAuthServer
    store: SqlAuthProfiles
    sealer: Sealer
    redis: redis.Redis
    number: int = 0

    def worker(self, client: redis.Redis | None = None) -> StoredProfiles:
        self.number += 1
        owner = f"w{self.number}"
        renewal = LeasedRenewal(
            self.store,
            self.sealer,
            lambda name: Lease(client or self.redis, name, owner, 10_000),
            lambda provider: OAUTH_VENDORS[provider].at(self.server.url),
            pause=lambda _: time.sleep(0.05),
        )
        return StoredProfiles(self.store, self.sealer, renewal)

    def log_in(self, expires_at_ms: int) -> None:
        sealed = self.sealer.seal(Tokens("old", "r-1", expires_at_ms).to_secret())
        self.store.put(StoredProfile("qwen-portal", "login", sealed, 1, "oauth"))


@pytest.fixture
def workers(server: OAuthServer, redis_client: redis.Redis, tmp_path: Path) -> Iterator[Workers]:
    database = open_database(tmp_path)
    yield Workers(server, SqlAuthProfiles(database), Sealer(tmp_path / "key", {}), redis_client)
    database.close()


def token(profiles: StoredProfiles) -> str:
    (profile,) = profiles()["qwen-portal"]
    return profile.api_key.reveal()


def test_a_token_that_holds_is_used_as_it_is(workers: Workers) -> None:
    workers.log_in(now_ms() + EARLY_MS + 60_000)
    assert token(workers.worker()) == "old"
    assert workers.server.renewals == 0


def test_many_workers_renew_a_token_once(workers: Workers) -> None:
    workers.server.slow_seconds = 0.3
    workers.log_in(now_ms() + 1000)
    crowd = [workers.worker() for _ in range(12)]
    with ThreadPoolExecutor(12) as pool:
        tokens = set(pool.map(token, crowd))
    assert (tokens, workers.server.renewals) == ({"access-1"}, 1)
    (stored,) = workers.store.all()
    # The refresh token that came with it is the one for the next time.
    assert Tokens.from_secret(workers.sealer.open(stored.sealed)).refresh == "r-1+"


def test_while_somebody_renews_it_others_use_a_token_that_still_holds(workers: Workers) -> None:
    workers.log_in(now_ms() + 120_000)
    assert Lease(workers.redis, "oauth:qwen-portal:login", "somebody", 10_000).acquire()
    assert (token(workers.worker()), workers.server.renewals) == ("old", 0)


def test_without_redis_it_is_renewed_all_the_same(workers: Workers) -> None:
    workers.log_in(now_ms() + 1000)
    away = connect("redis://127.0.0.1:1/0", max_connections=1)
    assert token(workers.worker(away)) == "access-1"


def test_a_login_that_holds_no_more_is_left_out_and_the_log_says_why(
    workers: Workers, caplog: pytest.LogCaptureFixture
) -> None:
    workers.server.refused = "revoked by its owner"
    workers.log_in(now_ms() + 1000)
    assert workers.worker()() == {}
    assert "the profile login of qwen-portal cannot be used: the login was refused: revoked by its owner" in caplog.text
    assert "old" not in caplog.text

"""Logins with vendors that hand out tokens: had by a code, renewed once over all workers, gone when refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qs

import httpx2
import pytest
import redis

from openclaw.composition.auth_profiles import LeasedRenewal, StoredProfiles, with_stored
from openclaw.composition.models import with_profile
from openclaw.coordination.client import connect
from openclaw.coordination.leases import Lease
from openclaw.errors import AuthFailed, ProviderTimeout
from openclaw.ports.auth_profiles import StoredProfile
from openclaw.ports.provider import ProviderConfig
from openclaw.ports.secrets import Secret
from openclaw.providers.oauth.tokens import EARLY_MS, Tokens, await_login, begin_login, renewed
from openclaw.providers.oauth.vendors import OAUTH_VENDORS, OAuthVendor
from openclaw.providers.openai_compatible.dialects import dialect_of
from openclaw.security.sealing import Sealer
from openclaw.settings.vendor_defaults import BY_ID
from openclaw.store.repositories.auth_profiles import SqlAuthProfiles
from tests.integration.web.twins import now_ms, open_database
from tests.wire.oauth.github import GitHubServer
from tests.wire.oauth.qwen import QwenServer
from tests.wire.oauth.server import OAuthServer

pytestmark = pytest.mark.spec("F6", "F7")


@pytest.fixture
def server() -> Iterator[OAuthServer]:
    with OAuthServer() as running:
        yield running


@pytest.fixture
def github() -> Iterator[GitHubServer]:
    with GitHubServer() as running:
        yield running


@pytest.fixture
def qwen() -> Iterator[QwenServer]:
    with QwenServer() as running:
        yield running


PENDING, SLOW_DOWN = {"error": "authorization_pending"}, {"error": "slow_down"}


def log_in(vendor: OAuthVendor, pauses: list[float]) -> Tokens:
    return await_login(vendor, begin_login(vendor), now_ms, pauses.append)


def test_a_login_waits_for_the_person_and_goes_slower_when_asked_to(server: OAuthServer) -> None:
    vendor, pauses = OAUTH_VENDORS["qwen-portal"].at(server.url), []
    server.pending.extend([PENDING, SLOW_DOWN, PENDING])
    code = begin_login(vendor)
    assert (code.user_code, code.verification_url) == ("WDJB-MJHT", "https://vendor.example/device")
    tokens = await_login(vendor, code, now_ms, pauses.append)
    assert (tokens.access, tokens.refresh) == ("access-1", "r-1")
    assert tokens.expires_at_ms > now_ms() + 3_000_000
    assert pauses == [0.01, 5.01, 5.01]


def test_github_says_what_is_pending_with_status_200_and_names_a_new_interval(github: GitHubServer) -> None:
    vendor, pauses = OAUTH_VENDORS["github-copilot"].at(github.url), []
    github.interval = 5
    github.pending.extend([PENDING, {**SLOW_DOWN, "interval": 12}, PENDING])
    assert log_in(vendor, pauses).refresh == github.login
    assert pauses == [5, 12, 12]


def test_github_answers_with_a_form_unless_json_is_asked_for(github: GitHubServer) -> None:
    device_url = OAUTH_VENDORS["github-copilot"].at(github.url).device_url
    answer = httpx2.post(device_url, data={"client_id": "c"})
    assert parse_qs(answer.text)["user_code"] == ["WDJB-MJHT"]
    assert begin_login(OAUTH_VENDORS["github-copilot"].at(github.url)).user_code == "WDJB-MJHT"


def test_a_copilot_login_buys_every_later_token_and_is_due_when_its_editors_renew_it(github: GitHubServer) -> None:
    vendor = OAUTH_VENDORS["github-copilot"].at(github.url)
    first = log_in(vendor, [])
    second = renewed(vendor, first, now_ms())
    assert [tokens.access.partition(";")[0] for tokens in (first, second)] == ["tid=1", "tid=2"]
    assert (first.refresh, second.refresh) == (github.login, github.login)
    assert github.editors == [vendor.headers["Editor-Version"]] * 2
    bought = first.expires_at_ms - github.lives_seconds * 1000
    assert [first.is_due(bought + minutes * 60_000 + 1) for minutes in (24, 25)] == [False, True]


def test_a_copilot_login_that_was_revoked_buys_nothing(github: GitHubServer) -> None:
    vendor = OAUTH_VENDORS["github-copilot"].at(github.url)
    with pytest.raises(AuthFailed, match="Bad credentials"):
        renewed(vendor, Tokens("tid=1", "gho_another"), now_ms())


def test_qwen_wants_a_challenge_names_no_interval_and_says_429_for_too_often(qwen: QwenServer) -> None:
    vendor, pauses = OAUTH_VENDORS["qwen-portal"].at(qwen.url), []
    qwen.pending.extend([PENDING, SLOW_DOWN])
    code = begin_login(vendor)
    assert code.verification_url == "https://chat.qwen.ai/authorize?user_code=WDJB-MJHT&client=qwen-code"
    tokens = await_login(vendor, code, now_ms, pauses.append)
    assert (tokens.access, tokens.refresh, pauses) == ("access-1", "r-1", [5, 10])
    assert renewed(vendor, tokens, now_ms()).refresh == "r-1+"
    with pytest.raises(AuthFailed, match="invalid_grant"):
        await_login(vendor, replace(code, verifier="another's"), now_ms, pauses.append)
    with pytest.raises(AuthFailed, match="code_challenge is required"):
        begin_login(replace(vendor, pkce=False))


@pytest.mark.parametrize("error", ["access_denied", "expired_token"])
@pytest.mark.parametrize(
    ("name", "kind"), [("github-copilot", GitHubServer), ("qwen-portal", QwenServer), ("qwen-portal", OAuthServer)]
)
def test_a_login_that_is_refused_ends(name: str, kind: type[OAuthServer], error: str) -> None:
    with kind() as server:
        vendor = OAUTH_VENDORS[name].at(server.url)
        server.pending.append({"error": error})
        with pytest.raises(AuthFailed, match=f"the login was refused: .*{error}"):
            log_in(vendor, [])


def test_a_vendor_that_breaks_off_is_asked_again_less_often(github: GitHubServer) -> None:
    vendor, pauses = OAUTH_VENDORS["github-copilot"].at(github.url), []
    github.interval, github.drops = 5, 2
    github.pending.append(PENDING)
    assert log_in(vendor, pauses).refresh == github.login
    assert pauses == [10, 20, 20]


def test_nobody_who_comes_lets_the_code_expire(server: OAuthServer) -> None:
    vendor, times = OAUTH_VENDORS["qwen-portal"].at(server.url), iter([0, 1, 900_001])
    server.pending.append(PENDING)
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


def test_a_login_is_asked_with_where_its_vendor_said_unless_the_operator_says_otherwise(
    workers: Workers, github: GitHubServer
) -> None:
    tokens = log_in(OAUTH_VENDORS["github-copilot"].at(github.url), [])
    sealed = workers.sealer.seal(tokens.to_secret())
    workers.store.put(StoredProfile("github-copilot", "login", sealed, 1, "oauth"))
    usual, named = BY_ID["github-copilot"].base_url, "https://api.individual.githubcopilot.com"
    for configured, asked in ((usual, named), ("https://proxy.example/v1", "https://proxy.example/v1")):
        config = ProviderConfig("github-copilot", "openai-completions", configured)
        seen = with_profile(with_stored(config, workers.worker()()), "login")
        assert (seen.base_url, seen.api_key) == (asked, Secret(tokens.access))
    assert dialect_of(named).headers == dialect_of(usual).headers != {}


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


def test_a_change_is_told_once_however_many_threads_were_waiting_for_it(workers: Workers) -> None:
    profiles, told = workers.worker(), []
    profiles.on_change = lambda: told.append(1)
    workers.server.slow_seconds = 0.3
    workers.log_in(now_ms() + 1000)
    with ThreadPoolExecutor(12) as pool:
        assert {future.result() for future in [pool.submit(token, profiles) for _ in range(12)]} == {"access-1"}
    assert told == [1]

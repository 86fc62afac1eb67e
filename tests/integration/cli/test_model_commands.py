"""``openclaw models``: who has a key, who rests, and how to end that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from redis import Redis

from openclaw.ports.clock import system_clock
from openclaw.store.repositories.auth_profiles import SqlAuthProfiles
from openclaw.store.repositories.model_rests import SqlModelRests
from tests.integration.cli.in_process import Cli, cli
from tests.integration.cli.test_tool_commands import remember
from tests.sqlite_file import open_file
from tests.wire.ollama.server import OllamaWireServer

__all__ = ["cli"]
pytestmark = pytest.mark.spec("A4", "E6")

REST = {"model": "big", "reason": "rate_limit", "failures": 1, "untilMs": 0, "over": True, "error": "slow down"}
STATUS = {
    "ts": 1,
    "providers": [
        {"provider": "acme", "api": "openai-completions", "status": "static", "profiles": [], "rests": [REST]},
        {"provider": "bare", "api": "anthropic-messages", "status": "missing", "profiles": [], "rests": []},
    ],
}


def test_vendors_are_shown_with_their_keys_and_rests(ask, gateway):
    remember(gateway, "models.authStatus", STATUS)
    shown = ask("models", "status").stdout
    assert "acme    openai-completions  ok      big: rate_limit will be tried (slow down)" in shown
    assert "bare    anthropic-messages  no key  -" in shown
    assert "openclaw models clear" in shown
    assert json.loads(ask("models", "status", "--json").stdout) == STATUS


def test_the_exit_code_of_a_probe_tells_success(ask, gateway):
    told = {"status": "ok", "latencyMs": 40}
    asked = remember(gateway, "models.probe", {"provider": "acme", **told, "results": [{"label": "acme/big", **told}]})
    done = ask("models", "probe", "acme", "--timeout", "3")
    assert (done.returncode, done.stdout) == (0, "acme/big answered after 40 ms\n")
    assert asked == [{"provider": "acme", "timeoutMs": 3000}]
    told = {"status": "auth", "error": "bad key"}
    remember(gateway, "models.probe", {"provider": "acme", **told, "results": [{"label": "acme/big", **told}]})
    done = ask("models", "probe", "acme")
    assert (done.returncode, done.stderr) == (1, "acme/big: auth: bad key\n")


OLLAMA = '[models.providers.ollama]\nbase_url = "%s"\n'


@pytest.fixture
def home(cli: Cli, tmp_path: Path) -> Path:
    folder = tmp_path / "user" / ".openclaw"
    folder.mkdir(mode=0o700)
    return folder


@pytest.mark.spec("F3")
def test_a_server_of_ones_own_says_what_it_has_and_fetches_more(cli: Cli, home: Path):
    with OllamaWireServer() as server:
        (home / "config.toml").write_text(OLLAMA % server.url)
        assert "ollama/qwen3:8b" in cli("models", "available", "ollama").out
        listed = json.loads(cli("models", "available", "ollama", "--json").out)
        assert [model["id"] for model in listed["models"]] == list(server.models)
        assert (listed["models"][0]["contextWindow"], listed["models"][0]["cost"]) == (200_000, None)
        done = cli("models", "pull", "llama3.2")
        assert (done.code, done.out) == (0, "pulling manifest\npulling 6a0746a1ec1a\nsuccess\n")
        failed = cli("models", "pull", "unknown")
        assert (failed.code, "file does not exist" in failed.err) == (1, True)
        assert "demo has no list of its models" in cli("models", "available", "demo").err
        assert "'nobody' is not configured" in cli("models", "available", "nobody").err
    away = cli("models", "available", "ollama")
    assert (away.code, away.err) == (1, "ollama: ollama: the connection failed or broke off\n")


@pytest.mark.spec("F3")
def test_a_vendor_that_is_away_costs_the_others_nothing(cli: Cli, home: Path):
    own = '[[models.providers.ollama.models]]\nid = "own"\n'
    away = '[models.providers.lmstudio]\nbase_url = "http://127.0.0.1:9/v1"\n'
    with OllamaWireServer() as server:
        (home / "config.toml").write_text(OLLAMA % server.url + own + away)
        done = cli("models", "available")
    assert done.code == 0
    shown = [line.split()[0] for line in done.out.splitlines()[1:]]
    assert shown == ["ollama/own", "ollama/llama3.2:latest", "ollama/qwen3:8b", "demo/echo"]
    assert done.err == "lmstudio: lmstudio: the connection failed or broke off\n"


def test_the_gateway_is_asked_for_all_models_and_tells_who_gave_no_list(ask, gateway):
    outcomes = [{"provider": "acme", "status": "ready"}, {"provider": "bare", "status": "auth-rejected"}]
    told = {"models": [{"provider": "acme", "id": "big", "contextWindow": 9}], "providerOutcomes": outcomes}
    asked = remember(gateway, "models.list", told)
    done = ask("models", "list", "--all", "--refresh")
    assert "acme/big" in done.stdout
    assert done.stderr == "bare gave no list: auth-rejected\n"
    ask("models", "list")
    assert asked == [{"view": "all", "refresh": True}, {}]


@pytest.mark.spec("E6")
def test_rests_are_cleared_by_hand(cli: Cli, home: Path, redis_client: Redis, redis_url: str):
    (home / "config.toml").write_text("")
    database = open_file(home / "openclaw.db", pool_size=1)
    SqlModelRests(database).fail("acme#1", "billing", system_clock(), 0, "no credit")
    database.close()
    assert cli("models", "clear", "other", OPENCLAW_REDIS_URL=redis_url).out == "Nothing rests.\n"
    assert json.loads(cli("models", "clear", "--json", OPENCLAW_REDIS_URL=redis_url).out) == {"cleared": 1}


@pytest.mark.spec("E6")
def test_credentials_are_stored_listed_ordered_and_forgotten(cli: Cli, home: Path):
    (home / "config.toml").write_text('[models.providers.openai]\napi_key = "k-0"\n[models.providers.anthropic]\n')
    database = open_file(home / "openclaw.db", pool_size=1)
    for name, key in (("work", "k-1\n"), ("home", "k-2")):
        stored = cli("models", "auth", "add", "openai", "--profile", name, "--stdin", stdin=key)
        assert stored.out.startswith(f"Stored: openai:{name}.")
    assert cli("models", "auth", "order", "openai", "home").out == "home, work\n"
    listed = json.loads(cli("models", "auth", "list", "--json").out)["profiles"]
    found = [(row["provider"], row["profile"], row["kept"]) for row in listed if row["provider"] == "openai"]
    # What somebody placed comes first, wherever it is kept.
    kept = (("home", "database"), ("default", "configuration"), ("work", "database"))
    assert found == [("openai", *each) for each in kept]
    (sealed,) = [each.sealed for each in SqlAuthProfiles(database).all() if each.name == "work"]
    assert "k-1" not in sealed
    assert (home / "auth.key").stat().st_mode & 0o777 == 0o600
    database.close()
    assert cli("models", "auth", "remove", "openai", "work").out == "Forgotten: openai:work.\n"
    for arguments, text, says in (
        (("add", "nobody", "--stdin"), "k", "add [models.providers.nobody]"),
        (("add", "openai", "--stdin"), " ", "That is no key"),
        (("order", "openai", "work"), "", "Stored: home."),
    ):
        refused = cli("models", "auth", *arguments, stdin=text)
        assert (refused.code, says in refused.err) == (1, True), refused.err

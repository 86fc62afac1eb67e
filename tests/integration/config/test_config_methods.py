"""``config.*`` as clients use them: over a socket, on a real file and a real database, on one gateway and on two."""

from __future__ import annotations

import json
import threading
import tomllib
from collections.abc import Callable
from typing import Any

import pytest

from openclaw.settings.redaction import REDACTED
from tests.integration.config.conftest import Host
from tests.integration.web.client import Client
from tests.integration.web.devices import Device
from tests.integration.web.serving import Served
from tests.integration.web.twins import TOKEN
from tests.waiting import wait_until

pytestmark = pytest.mark.spec("B8", "H1")

AUTH = f'[gateway.auth]\ntoken = "{TOKEN}"  # ours\n'
BASE = f'# who we are\n[agents.main]\nname = "Crab"\nfallbacks = ["demo/a", "demo/b"]\n{AUTH}'
MODELS = """
[models.providers.mock]
api = "openai-completions"
base_url = "http://127.0.0.1:1/v1"
api_key = "k3y"
[[models.providers.mock.models]]
id = "one"
context_window = 1000
[[models.providers.mock.models]]
id = "two"
context_window = 2000
"""

Start = Callable[..., Served]
Make = Callable[..., Host]


@pytest.fixture
def served(gateway: Start, host: Make) -> Served:
    return gateway(host(text=BASE + MODELS))


@pytest.fixture
def client(served: Served) -> Client:
    with served.client() as connected:
        yield connected


def edit(client: Client, method: str, raw: str, **params: Any) -> dict[str, Any]:
    """An edit of what is newest; the whole answer."""
    base = {"baseHash": client.result("config.get", {})["hash"]}
    return client.call(method, {"raw": raw, **base, **params})


def patch(client: Client, wanted: dict[str, Any], **params: Any) -> dict[str, Any]:
    return edit(client, "config.patch", json.dumps(wanted), **params)


# --- reading ------------------------------------------------------------------------------------------------------


@pytest.mark.spec("K5")
def test_the_configuration_is_shown_as_text_as_data_and_with_its_defaults(served: Served, client: Client) -> None:
    found = client.result("config.get", {})
    assert (found["exists"], found["valid"], found["issues"], found["warnings"]) == (True, True, [], [])
    assert found["raw"] == (BASE + MODELS).replace(TOKEN, REDACTED).replace("k3y", REDACTED)
    assert found["parsed"]["agents"] == {"main": {"name": "Crab", "fallbacks": ["demo/a", "demo/b"]}}
    assert found["config"]["lanes"]["main"]["concurrency"] == 32
    assert found["config"]["gateway"]["port"] == 18789
    assert (found["version"], found["appliedVersion"], found["restartNeeded"], found["problem"]) == (1, 1, [], None)
    assert found["hash"] == found["configRevisionHash"] == found["appliedConfigHash"]
    assert (found["source"], found["path"].endswith("/config.toml")) == ("file", True)


def test_a_variable_is_shown_by_its_name(gateway: Start, host: Make) -> None:
    text = BASE + '[agents.ops]\nsystem_prompt = "say ${WORD}"\n[channels.telegram.accounts.a]\nproxy = "${WORD}"\n'
    with gateway(host(text=text, WORD="abracadabra")).client() as client:
        found = client.result("config.get", {})
    assert found["config"]["agents"]["ops"]["system_prompt"] == "say ${WORD}"
    assert found["config"]["channels"]["telegram"]["accounts"]["a"]["proxy"] == "${WORD}"
    assert "abracadabra" not in json.dumps(found)


def test_without_a_file_the_first_edit_needs_no_base_and_writes_one(gateway: Start, host: Make) -> None:
    made = host(OPENCLAW_GATEWAY_TOKEN=TOKEN)
    with gateway(made).client() as client:
        found = client.result("config.get", {})
        assert (found["exists"], found["raw"], found["version"]) == (False, "", 0)
        answer = client.result("config.patch", {"raw": '{"agents": {"main": {"name": "Crab"}}}'})
    assert answer["version"] == 1
    assert tomllib.loads(made.file.read_text()) == {"agents": {"main": {"name": "Crab"}}}


def test_a_gateway_that_was_given_its_configuration_does_not_offer_to_change_it(tmp_path: Any) -> None:
    from tests.integration.web.serving import serving
    from tests.integration.web.twins import Desk

    with serving(Desk(), tmp_path) as plain, plain.client() as client:
        assert client.call("config.get", {})["error"]["message"] == "unknown method: config.get"


def test_dates_and_endless_numbers_of_a_channel_can_be_shown(gateway: Start, host: Make) -> None:
    text = BASE + "[channels.loopback.accounts.a]\nsince = 2026-01-02T03:04:05Z\nlimit = inf\nnever = nan\n"
    with gateway(host(text=text)).client() as client:
        account = client.result("config.get", {})["parsed"]["channels"]["loopback"]["accounts"]["a"]
    assert account == {"since": "2026-01-02T03:04:05+00:00", "limit": "inf", "never": "nan"}


@pytest.mark.spec("K5")
def test_the_schema_and_every_place_of_it_fit_the_protocol(client: Client) -> None:
    found = client.result("config.schema", {})
    assert found["schema"]["properties"]["gateway"]["properties"]["port"]["maximum"] == 65535
    assert found["uiHints"]["gateway.auth.token"]["sensitive"] is True
    assert client.result("config.schema", {}) == found
    for path in [".", *found["uiHints"]]:
        client.result("config.schema.lookup", {"path": path})
    for path, says in (("gateway.prot", "did you mean"), ("a b", "must match pattern"), ("", "fewer than 1")):
        error = client.call("config.schema.lookup", {"path": path})["error"]
        assert (error["code"], says in error["message"]) == ("INVALID_REQUEST", True)


# --- whole texts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["config.set", "config.apply"])
def test_a_text_that_was_edited_takes_effect_and_its_hidden_credentials_stay(
    gateway: Start, host: Make, method: str
) -> None:
    made = host(text=BASE)
    with gateway(made).client() as client:
        raw = client.result("config.get", {})["raw"].replace("Crab", "Lobster")
        before = client.result("config.get", {})["hash"]
        answer = edit(client, method, raw)["payload"]
    assert made.file.read_text() == BASE.replace("Crab", "Lobster")
    assert (answer["version"], answer["changedPaths"], answer["restartNeeded"]) == (2, ["agents.main.name"], [])
    assert answer["changes"] == [{"path": "agents.main.name", "reload": "live", "reloadKind": "none"}]
    assert answer["hash"] != before
    assert made.name == "Lobster"


def test_json_changes_what_differs_and_keeps_the_comments(gateway: Start, host: Make) -> None:
    made = host(text=BASE)
    with gateway(made).client() as client:
        wanted = client.result("config.get", {})["parsed"]
        wanted["agents"]["main"]["name"] = "Lobster"
        wanted["log"] = {"level": "DEBUG"}
        answer = edit(client, "config.set", json.dumps(wanted))["payload"]
    assert answer["changedPaths"] == ["agents.main.name", "log.level"]
    text = made.file.read_text()
    assert "# who we are" in text
    assert tomllib.loads(text)["gateway"]["auth"]["token"] == TOKEN


def test_the_same_text_again_is_no_new_version(client: Client) -> None:
    raw = client.result("config.get", {})["raw"]
    answer = edit(client, "config.set", raw)["payload"]
    assert (answer["version"], answer["changedPaths"]) == (1, [])


def test_a_change_that_takes_a_restart_is_named(client: Client) -> None:
    answer = patch(client, {"gateway": {"port": 4242}, "channels": {"loopback": {"accounts": {"a": {}}}}})["payload"]
    kinds = {change["path"]: (change["reload"], change["reloadKind"]) for change in answer["changes"]}
    assert kinds == {"gateway.port": ("process", "restart"), "channels.loopback": ("part", "hot")}
    assert answer["restartNeeded"] == ["gateway.port"]
    found = client.result("config.get", {})
    assert (found["config"]["gateway"]["port"], found["parsed"]["gateway"]["port"]) == (18789, 4242)
    assert found["restartNeeded"] == ["gateway.port"]


@pytest.mark.parametrize("method", ["config.set", "config.apply", "config.patch"])
def test_an_edit_must_be_made_from_what_is_newest(client: Client, method: str) -> None:
    raw = "{}"
    assert "base hash required" in client.call(method, {"raw": raw})["error"]["message"]
    old = client.result("config.get", {})["hash"]
    patch(client, {"agents": {"main": {"name": "Lobster"}}})
    error = client.call(method, {"raw": raw, "baseHash": old})["error"]
    assert (error["code"], error["message"]) == (
        "INVALID_REQUEST",
        "config changed since last load; re-run config.get and retry",
    )


@pytest.mark.parametrize(
    ("method", "raw", "issues"),
    [
        ("config.set", "[gateway]\nport = \n", [("", "not valid TOML", 2)]),
        (
            "config.set",
            "[gateway]\nprot = 1\nport = 'x'\n",
            [("gateway.prot", "port", 2), ("gateway.port", "whole", 3)],
        ),
        ("config.set", '{"gateway": {"prot": 1}}', [("gateway.prot", "port", None)]),
        ("config.patch", '{"agents": {"main": {"nmae": "x"}}}', [("agents.main.nmae", "name", None)]),
    ],
)
def test_what_cannot_be_used_is_refused_problem_by_problem(
    client: Client, method: str, raw: str, issues: list[tuple[str, str, int | None]]
) -> None:
    before = client.result("config.get", {})
    error = edit(client, method, raw)["error"]
    assert (error["code"], error["message"].startswith("invalid config: ")) == ("INVALID_REQUEST", True)
    found = error["details"]["issues"]
    assert [issue["path"] for issue in found] == [path for path, _, _ in issues]
    for issue, (_, says, line) in zip(found, issues, strict=True):
        assert says in issue["message"]
        assert line is None or issue["line"] == line
    assert client.result("config.get", {}) == before


@pytest.mark.parametrize(
    ("method", "raw", "says"),
    [
        ("config.patch", "agents = 1", "/raw: must be JSON"),
        ("config.patch", "[1]", "/raw: must be a JSON object"),
        ("config.patch", '{"bindings": [null]}', "null"),
        ("config.set", '{"agents": ', "not valid JSON"),
        ("config.set", f'[gateway.auth]\npassword = "{REDACTED}"\n', "gateway.auth.password: a hidden credential"),
        ("config.patch", json.dumps({"gateway": {"auth": {"password": REDACTED}}}), "gateway.auth.password"),
    ],
)
def test_what_cannot_be_read_is_refused(client: Client, method: str, raw: str, says: str) -> None:
    error = edit(client, method, raw)["error"]
    assert error["code"] == "INVALID_REQUEST"
    assert says in error["message"]


# --- patches ------------------------------------------------------------------------------------------------------


def test_a_patch_with_hidden_credentials_leaves_them_as_they_are(gateway: Start, host: Make) -> None:
    made = host(text=BASE)
    with gateway(made).client() as client:
        answer = patch(client, {"gateway": {"auth": {"token": REDACTED, "user_header": "x-user"}}})["payload"]
    assert answer["changedPaths"] == ["gateway.auth.user_header"]
    assert tomllib.loads(made.file.read_text())["gateway"]["auth"] == {"token": TOKEN, "user_header": "x-user"}


def test_a_list_loses_entries_only_where_that_is_confirmed(client: Client) -> None:
    shorter = {"agents": {"main": {"fallbacks": ["demo/a"]}}}
    error = patch(client, shorter)["error"]
    assert error["details"] == {"code": "LIST_ENTRIES_LOST", "paths": ["agents.main.fallbacks"]}
    assert "replacePaths" in error["message"]
    assert patch(client, {"agents": {"main": None}})["error"]["details"]["paths"] == ["agents.main.fallbacks"]
    assert patch(client, shorter, replacePaths=["agents.main"])["ok"] is False
    assert patch(client, shorter, replacePaths=["agents.main.fallbacks"])["payload"]["changedPaths"] == [
        "agents.main.fallbacks"
    ]
    longer = {"agents": {"main": {"fallbacks": ["demo/c", "demo/a"]}}}
    assert patch(client, longer)["ok"]


def test_tables_with_an_id_are_merged_by_it(client: Client) -> None:
    wanted = {"models": {"providers": {"mock": {"models": [{"id": "two", "name": "Two"}, {"id": "three"}]}}}}
    assert patch(client, wanted)["ok"]
    models = client.result("config.get", {})["parsed"]["models"]["providers"]["mock"]["models"]
    assert models == [
        {"id": "one", "context_window": 1000},
        {"id": "two", "context_window": 2000, "name": "Two"},
        {"id": "three"},
    ]
    path = "models.providers.mock.models"
    assert patch(client, wanted, replacePaths=[path])["ok"]
    models = client.result("config.get", {})["parsed"]["models"]["providers"]["mock"]["models"]
    assert models == [{"id": "two", "name": "Two"}, {"id": "three"}]


def test_what_openclaws_clients_send_along_is_accepted(client: Client) -> None:
    along = {"sessionKey": "agent:main:main", "deliveryContext": {"channel": "x"}, "restartDelayMs": 2000, "note": "n"}
    assert patch(client, {"log": {"level": "DEBUG"}}, **along)["ok"]


# --- who, where and when ------------------------------------------------------------------------------------------


def test_a_version_names_who_made_it_and_why(gateway: Start, host: Make) -> None:
    made = host(text=BASE)
    served = gateway(made)
    device = Device()
    with served.client() as client, served.stranger() as phone:
        patch(client, {"log": {"level": "DEBUG"}}, note="looking for something")
        newest = made.store.latest()
        assert (newest.author, newest.source, newest.note) == (
            "gateway-client",
            "config.patch",
            "looking for something",
        )
        assert device.connect(phone, scopes=["operator.admin"])["ok"]
        patch(phone, {"log": {"level": "INFO"}})
        assert made.store.latest().author == f"openclaw-tui {device.id[:8]}"
        client.result("device.pair.rename", {"deviceId": device.id, "label": "the phone"})
        patch(phone, {"log": {"level": "ERROR"}})
        assert made.store.latest().author == "the phone"
        assert client.result("config.get", {})["author"] == "the phone"


def test_a_proxys_user_is_the_author(gateway: Start, host: Make) -> None:
    made = host(text='[gateway.auth]\nmode = "trusted-proxy"\ntrusted_proxies = ["127.0.0.1"]\n')
    header = ["X-Forwarded-For: 203.0.113.9", "X-Forwarded-User: ada"]
    with gateway(made).stranger(header=header) as client:
        assert client.connect(None)["ok"]
        patch(client, {"log": {"level": "DEBUG"}})
    assert made.store.latest().author == "ada"


@pytest.mark.spec("B9")
def test_two_gateways_follow_each_other_and_tell_their_readers(gateway: Start, host: Make) -> None:
    here, there = host("a", BASE), host("b", BASE)
    with gateway(here).client() as one, gateway(there).client(scopes=["operator.read"]) as other:
        version = patch(one, {"agents": {"main": {"name": "Lobster"}}, "gateway": {"port": 4242}})["payload"]["version"]
        told = one.until("config.changed", version=version)
        assert (told["paths"], told["restartNeeded"]) == (["agents.main.name"], ["gateway.port"])
        assert other.until("config.changed", version=version)["paths"] == ["agents.main.name"]
        found = other.result("config.get", {})
        assert (found["version"], found["appliedVersion"]) == (version, version)
        assert found["config"]["agents"]["main"]["name"] == "Lobster"
        assert other.result("agents.list", {})["agents"][0]["name"] == "Lobster"
        assert "Lobster" not in json.dumps([event for event in other.events if event["event"] == "config.changed"])


def test_an_edit_of_the_file_is_told_too(gateway: Start, host: Make) -> None:
    made = host(text=BASE)
    with gateway(made).client() as client:
        made.file.write_text(BASE.replace("Crab", "Crayfish"))
        assert client.until("config.changed", version=2)["paths"] == ["agents.main.name"]


def test_without_the_scope_to_read_nothing_is_told(gateway: Start, host: Make) -> None:
    made = host(text=BASE)
    served = gateway(made)
    with served.client() as client, served.client(scopes=["operator.pairing"]) as stranger:
        patch(client, {"log": {"level": "DEBUG"}})
        client.until("config.changed")
        assert stranger.call("config.get", {})["error"]["code"] == "FORBIDDEN"
        stranger.result("device.pair.list", {})
        assert "config.changed" not in {event["event"] for event in stranger.events}


@pytest.mark.spec("B9")
@pytest.mark.parametrize("gateways", [1, 2])
def test_of_two_edits_at_once_one_wins_and_the_other_is_told(gateway: Start, host: Make, gateways: int) -> None:
    made = [host(name, BASE) for name in "ab"[:gateways]]
    served = [gateway(one) for one in made]
    clients = [served[number % gateways].client() for number in range(2)]
    base = clients[0].result("config.get", {})["hash"]
    both = threading.Barrier(2)
    answers: list[dict[str, Any]] = []

    def change(client: Client, name: str) -> None:
        both.wait(10)
        raw = json.dumps({"agents": {"main": {"name": name}}})
        answers.append(client.call("config.patch", {"raw": raw, "baseHash": base}))

    editors = [threading.Thread(target=change, args=pair) for pair in zip(clients, ("Ada", "Bob"), strict=True)]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join(20)
    assert sorted(answer["ok"] for answer in answers) == [False, True]
    lost = next(answer["error"] for answer in answers if not answer["ok"])
    assert "config" in lost["message"]
    won = next(answer["payload"] for answer in answers if answer["ok"])
    assert (won["version"], made[0].store.latest_id()) == (2, 2)
    names = {won["config"]["agents"]["main"]["name"]}
    wait_until(lambda: {one.name for one in made} == names)
    for client in clients:
        client.ws.shutdown()


# --- files --------------------------------------------------------------------------------------------------------


def test_a_broken_file_is_shown_and_an_edit_mends_it_and_keeps_what_was_there(gateway: Start, host: Make) -> None:
    made = host(text=BASE)
    broken = BASE + "[agents.main.tools]\nalow = []\n"
    with gateway(made).client() as client:
        made.file.write_text(broken)
        wait_until(lambda: not client.result("config.get", {})["valid"])
        found = client.result("config.get", {})
        assert found["issues"] == [
            {"path": "agents.main.tools.alow", "message": 'unknown key; did you mean "allow"?', "line": 8}
        ]
        assert "agents.main.tools.alow" in found["problem"]
        assert (found["version"], found["parsed"]["agents"]["main"]["name"]) == (1, "Crab")
        assert edit(client, "config.set", found["raw"])["payload"]["version"] == 1
        found = client.result("config.get", {})
        assert (found["valid"], found["problem"], found["issues"]) == (True, None, [])
    assert made.file.read_text() == BASE
    kept = made.file.with_name("config.toml.rejected")
    assert (kept.read_text(), kept.stat().st_mode & 0o777) == (broken, 0o600)


def test_an_edit_that_was_just_saved_comes_before_a_clients(gateway: Start, host: Make) -> None:
    made = host(text=BASE)
    with gateway(made).client() as client:
        base = client.result("config.get", {})["hash"]
        made.file.write_text(BASE.replace("Crab", "Crayfish"))
        error = client.call("config.patch", {"raw": '{"log": {"level": "DEBUG"}}', "baseHash": base})["error"]
        assert "changed since" in error["message"]
        assert client.result("config.get", {})["version"] == 2
        assert patch(client, {"log": {"level": "DEBUG"}})["ok"]
    assert 'name = "Crayfish"' in made.file.read_text()


def test_a_channel_account_that_cannot_be_used_is_a_warning(client: Client) -> None:
    answer = patch(client, {"channels": {"telegram": {"accounts": {"a": {"tokn": "x"}}}}})["payload"]
    assert [warning["path"] for warning in answer["warnings"]] == ["channels.telegram.accounts.a"]
    assert "tokn" in answer["warnings"][0]["message"]
    assert client.result("config.get", {})["warnings"] == answer["warnings"]
    assert client.result("channels.status", {})["channelAccounts"]["telegram"][0]["lastError"]

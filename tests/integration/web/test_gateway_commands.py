"""Commands and directives as clients write them, over a real database."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from openclaw.store.models import inbound
from tests.contract.store.world import World
from tests.integration.web.client import Client, schema
from tests.integration.web.serving import Served, serving
from tests.integration.web.sql_parts import sql_parts
from tests.integration.web.twins import Desk, now_ms

pytestmark = pytest.mark.spec("E1", "K5")

KEY = "agent:main:talk"


@pytest.fixture
def world(desk: Desk, tmp_path: Path) -> Iterator[World]:
    database, _ = sql_parts(desk.stream, tmp_path)
    yield World(database, now_ms())
    database.close()


@pytest.fixture
def served(desk: Desk, tmp_path: Path) -> Iterator[Served]:
    database, parts = sql_parts(desk.stream, tmp_path)
    with serving(desk, tmp_path, **parts) as served:
        yield served
    database.close()


def send(client: Client, text: str, key: str, **more: Any) -> dict[str, Any]:
    return client.result("chat.send", {"sessionKey": "talk", "message": text, "idempotencyKey": key, **more})


def say(client: Client, text: str, key: str) -> str:
    """What a command is answered."""
    send(client, text, key)
    final = client.until("chat", state="final", runId=key)
    return str(final["message"]["content"][0]["text"])


def session(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.result("sessions.describe", {"key": KEY})["session"]
    return found


def test_a_directive_alone_is_kept_and_one_in_a_sentence_is_for_that_message(served: Served, world: World) -> None:
    with served.client() as client, served.client() as watcher:
        watcher.result("sessions.subscribe", {})
        assert say(client, "/queue followup", "k1").startswith("Queue from now on: followup")
        assert watcher.until("sessions.changed", reason="patch")["session"]["effectiveQueueMode"] == "followup"
        assert say(client, "/think high", "k2").startswith("Thinking from now on: high.")
        assert session(client)["thinkingLevel"] == "high"
        send(client, "/t low hello", "k3", thinking="medium")
        send(client, "hello again", "k4", thinking="medium", queueMode="steer")
        send(client, "/think low as it is", "k5", suppressCommandInterpretation=True)
    rows = world.rows(inbound)
    assert [(row["text"], row["mode"], row["options"]) for row in rows] == [
        ("hello", "followup", {"thinking": "low"}),
        ("hello again", "steer", {"thinking": "medium"}),
        ("/think low as it is", "followup", {}),
    ]


def test_a_shortcut_is_answered_apart_from_the_run_of_the_rest(served: Served, world: World) -> None:
    with served.client() as client:
        assert send(client, "hello /whoami you", "k1")["status"] == "started"
        final = client.until("chat", state="final", runId="k1:shortcut")
        assert "This is agent:main:talk." in final["message"]["content"][0]["text"]
    assert [row["text"] for row in world.rows(inbound)] == ["hello you"]


def test_new_with_words_begins_a_conversation_with_them_once(served: Served, world: World) -> None:
    with served.client() as client, served.client(scopes=["operator.read", "operator.write"]) as writer:
        send(client, "old", "k1")
        before = session(client)["sessionId"]
        refused = writer.call("chat.send", {"sessionKey": KEY, "message": "/new: hello", "idempotencyKey": "k0"})
        assert refused["error"]["details"]["missingScope"] == "operator.admin"
        assert send(client, "/new hello", "k2")["status"] == "started"
        fresh = session(client)["sessionId"]
        assert fresh != before
        assert send(client, "/new hello", "k2")["status"] == "in_flight"
        assert session(client)["sessionId"] == fresh
        assert say(client, "/new", "k3") == "This is a new conversation."
        assert session(client)["sessionId"] != fresh
    assert [(row["text"], row["disposition"]) for row in world.rows(inbound)] == [
        ("old", "aborted"),
        ("hello", "aborted"),
    ]


def test_what_only_operators_may_set_takes_admin(served: Served, world: World) -> None:
    with served.client(scopes=["operator.read", "operator.write"]) as writer:
        refused = writer.call("chat.send", {"sessionKey": KEY, "message": "/send off", "idempotencyKey": "k1"})
        assert "operator.admin" in refused["error"]["message"]
        send(writer, "/exec ask:off look", "k2")
    with served.client() as admin:
        assert say(admin, "/send off", "k3") == "Replies from now on: deny."
        assert session(admin)["sendPolicy"] == "deny"
    assert [row["text"] for row in world.rows(inbound)] == ["/exec ask:off look"]


def test_patching_a_session_turns_the_same_dials(served: Served) -> None:
    levels = {
        "thinkingLevel": "xhigh",
        "verboseLevel": "full",
        "reasoningLevel": "on",
        "elevatedLevel": "ask",
        "responseUsage": "on",
        "sendPolicy": "allow",
        "groupActivation": "always",
    }
    with served.client() as client:
        client.result("sessions.create", {"key": "talk", "thinkingLevel": "low"})
        assert session(client)["thinkingLevel"] == "low"
        entry = client.result("sessions.patch", {"key": "talk", **levels})["entry"]
        assert {name: entry[name] for name in levels} == {**levels, "responseUsage": "tokens"}
        assert client.result("sessions.list", {})["sessions"][0]["verboseLevel"] == "full"
        assert "Set here: thinking xhigh, verbose full" in say(client, "/status", "k1")
        cleared = client.result("sessions.patch", {"key": "talk", **dict.fromkeys(levels)})["entry"]
        assert not levels.keys() & cleared.keys()
        refused = client.call("sessions.patch", {"key": "talk", "reasoningLevel": "stream"})
        assert refused["error"]["message"] == "reasoningLevel: 'stream' is none of off, on"


def test_commands_are_listed_as_the_protocol_has_them(served: Served) -> None:
    with served.client() as client:
        lists = {
            name: client.result("commands.list", params)["commands"]
            for name, params in {
                "all": {},
                "native": {"scope": "native"},
                "bare": {"includeArgs": False},
                "twin": {"provider": "twin"},
            }.items()
        }
    for commands in lists.values():
        jsonschema.validate({"commands": commands}, list_schema())
    thinks = {name: next(each for each in commands if each["name"] == "think") for name, commands in lists.items()}
    assert (thinks["all"]["textAliases"], thinks["all"]["acceptsArgs"]) == (["/think", "/t", "/thinking"], True)
    assert {"value": "xhigh", "label": "xhigh"} in thinks["all"]["args"][0]["choices"]
    assert "args" not in thinks["bare"]
    assert {each["scope"] for each in lists["native"]} == {"both"}
    assert {each["scope"] for each in lists["twin"]} == {"text"}, "that channel has no menu"


def list_schema() -> dict[str, Any]:
    """The protocol's, with the property that the schema at hand demands and has lost."""
    found: dict[str, Any] = copy.deepcopy(schema()["definitions"]["CommandsListResult"])
    command = found["properties"]["commands"]["items"]
    for each in (command, command["properties"]["args"]["items"]):
        each["properties"]["description"] = {"type": "string", "minLength": 1, "maxLength": 2000}
    return found

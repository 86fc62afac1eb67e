"""Sessions made, filed, found, written to and removed by operators, over a real database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openclaw.domain.transcript import assistant_text
from tests.contract.store.world import World
from tests.integration.web.client import Client
from tests.integration.web.serving import Served, serving
from tests.integration.web.sql_parts import sql_parts
from tests.integration.web.twins import Desk, now_ms

pytestmark = pytest.mark.spec("K5", "B6")


@pytest.fixture
def world(desk: Desk, tmp_path: Path) -> Iterator[World]:
    database, _ = sql_parts(desk.stream, tmp_path)
    yield World(database, now_ms())
    database.close()


@pytest.fixture
def served(desk: Desk, tmp_path: Path) -> Iterator[Served]:
    database, parts = sql_parts(desk.stream, tmp_path)
    with serving(desk, tmp_path, vendors=("mock",), **parts) as served:
        yield served
    database.close()


def keys(client: Client, **params: Any) -> list[str]:
    return [row["key"] for row in client.result("sessions.list", params)["sessions"]]


def test_a_session_is_made_with_its_first_message_and_once_however_often_it_is_asked_for(served: Served) -> None:
    with served.client() as client:
        ask = {"label": "Plans", "idempotencyKey": "k", "message": "hello", "model": "mock-1", "category": "work"}
        made = client.result("sessions.create", ask)
        assert (made["ok"], made["runStarted"]) == (True, True)
        entry = made["entry"]
        assert (entry["label"], entry["category"], entry["modelOverride"]) == ("Plans", "work", "mock-1")
        again = client.result("sessions.create", ask)
        assert (again["key"], again["sessionId"], again["runId"]) == (made["key"], made["sessionId"], made["runId"])
        assert client.result("sessions.list", {"label": "Plans"})["totalCount"] == 1
        assert client.result("sessions.describe", {"key": made["key"]})["session"]["pending"] == 1


def test_a_session_of_a_parent_is_listed_under_it(served: Served) -> None:
    with served.client() as client:
        client.result("sessions.create", {"key": "project"})
        child = client.result("sessions.create", {"key": "part", "parentSessionKey": "project"})
        assert child["entry"]["spawnedBy"] == "agent:main:project"
        assert "runId" not in child
        assert keys(client, spawnedBy="project") == ["agent:main:part"]
        refused = client.call("sessions.create", {"key": "part2", "parentSessionKey": "nobody"})
        assert refused["error"]["message"] == "unknown parent session: nobody"


@pytest.mark.parametrize(
    ("params", "complaint"),
    [
        ({"incognito": True}, "incognito is not supported by this gateway"),
        ({"model": "gpt-99"}, "unknown model: gpt-99; models.list names those that are configured"),
        ({"agentId": "nobody"}, "unknown agent id 'nobody'; configured: main, other"),
        ({"message": "a\0b"}, "message must not contain null bytes"),
        ({"speed": 1}, "invalid sessions.create params: at root: unexpected property 'speed'"),
    ],
)
def test_what_cannot_be_made_is_refused_and_leaves_nothing(
    served: Served, params: dict[str, Any], complaint: str
) -> None:
    with served.client() as client:
        refused = client.call("sessions.create", {"key": "new", **params})
        assert (refused["error"]["code"], refused["error"]["message"]) == ("INVALID_REQUEST", complaint)
        assert keys(client) == []


def test_a_session_is_filed_and_its_watchers_hear_of_it(served: Served) -> None:
    with served.client() as client, served.client() as watcher:
        made = client.result("sessions.create", {"key": "talk"})
        watcher.result("sessions.subscribe", {})
        patch = {"key": "talk", "label": "Talk", "pinned": True, "color": "red", "model": "mock/mock-1"}
        patched = client.result("sessions.patch", patch)
        assert patched["resolved"] == {"modelProvider": "mock", "model": "mock-1"}
        row = watcher.until("sessions.changed", reason="patch")["session"]
        assert (row["label"], row["pinned"], row["color"]) == ("Talk", True, "red")
        changed = client.result("sessions.patch", {"key": "talk", "label": None, "color": None, "archived": True})
        assert (changed["entry"]["label"], changed["entry"].get("color")) == (None, None)
        assert keys(client) == []
        assert keys(client, archived=True) == keys(client, archived="all") == ["agent:main:talk"]
        stale = client.call("sessions.patch", {"key": "talk", "expectedSessionId": "other", "pinned": False})
        assert "another conversation" in stale["error"]["message"]
        assert client.call("sessions.patch", {"key": "nobody", "pinned": True})["error"]["code"] == "INVALID_REQUEST"
        refused = client.call("sessions.patch", {"key": "talk", "permissionMode": "full"})
        assert refused["error"]["message"] == "permissionMode is not supported by this gateway"
        assert made["key"] == "agent:main:talk"


def test_filing_takes_write_and_deleting_admin(served: Served) -> None:
    with served.client() as admin:
        admin.result("sessions.create", {"key": "talk"})
    with served.client(scopes=["operator.read", "operator.write"]) as writer:
        assert writer.result("sessions.patch", {"key": "talk", "label": "Talk"})["ok"]
        assert (
            "operator.admin" in writer.call("sessions.patch", {"key": "talk", "sendPolicy": "deny"})["error"]["message"]
        )
        assert "operator.admin" in writer.call("sessions.delete", {"key": "talk"})["error"]["message"]
        writer.result("sessions.patch", {"key": "talk", "archived": True})
        assert writer.result("sessions.delete", {"key": "talk", "archivedOnly": True})["deleted"]


def test_a_deleted_session_is_gone_for_everybody(served: Served) -> None:
    with served.client() as client, served.client() as watcher:
        made = client.result("sessions.create", {"key": "talk"})
        watcher.result("sessions.subscribe", {})
        changed = {"key": "talk", "expectedSessionUpdatedAt": made["entry"]["updatedAt"] - 1}
        assert "changed meanwhile" in client.call("sessions.delete", changed)["error"]["message"]
        assert client.result("sessions.delete", {"key": "talk", "deleteTranscript": True}) == {
            "ok": True,
            "key": "agent:main:talk",
            "deleted": True,
            "archived": [],
        }
        assert watcher.until("sessions.changed", reason="delete")["session"] is None
        assert not client.result("sessions.delete", {"key": "talk"})["deleted"]
        assert client.result("chat.history", {"sessionKey": "talk"})["messages"] == []
        assert "main session" in client.call("sessions.delete", {"key": "main"})["error"]["message"]
        kept = client.call("sessions.delete", {"key": "talk", "deleteTranscript": False})
        assert "archive it" in kept["error"]["message"]


def test_what_waits_in_a_session_is_aborted_before_it_goes(served: Served) -> None:
    with served.client() as client:
        made = client.result("sessions.create", {"key": "talk", "message": "wait for me"})
        assert client.result("sessions.delete", {"key": "talk"})["deleted"]
        assert client.result("agent.wait", {"runId": made["runId"], "timeoutMs": 5000})["status"] != "timeout"


def test_a_session_whose_turn_does_not_end_stays(served: Served, world: World) -> None:
    with served.client() as client:
        client.result("sessions.create", {"key": "talk", "message": "hold on"})
        world.turn(world.sessions.session("agent:main:talk").id)
        refused = client.call("sessions.delete", {"key": "talk"})
        assert (refused["error"]["code"], refused["error"]["retryable"]) == ("UNAVAILABLE", True)
        assert keys(client) == ["agent:main:talk"]


def test_lists_are_searched_and_show_the_words_at_both_ends(served: Served, world: World) -> None:
    claim = world.running("how long is the Nile?", key="agent:main:rivers")
    world.commit(claim, assistant_text("About 6650 km."))
    world.finish(claim)
    world.send(key="agent:other:hills")
    with served.client() as client:
        listed = client.result(
            "sessions.list", {"search": "RIVER", "includeDerivedTitles": True, "includeLastMessage": True}
        )
        (row,) = listed["sessions"]
        assert (row["derivedTitle"], row["lastMessagePreview"]) == ("how long is the Nile?", "done")
        assert keys(client, search="nobody") == keys(client, agentId="stranger") == []
        assert keys(client, activeMinutes=5, configuredAgentsOnly=True) == ["agent:other:hills", "agent:main:rivers"]
        assert "ownerId" in client.call("sessions.list", {"ownerId": "x"})["error"]["message"]


def test_words_are_found_in_what_was_said(served: Served, world: World) -> None:
    claim = world.running("tell me of the Blue Nile, please", key="agent:main:rivers")
    world.commit(claim, assistant_text("The Nile is blue."))
    with served.client() as client:
        found = client.result("sessions.search", {"query": "blue nile", "sessionKeys": ["rivers"]})
        assert [(hit["role"], hit["score"]) for hit in found["results"]] == [("assistant", 0.5), ("user", 1.0)]
        assert found["results"][1]["snippet"] == "tell me of the Blue Nile, please"
        assert found["truncated"] is False
        assert client.result("sessions.search", {"query": "amazon"})["results"] == []
        assert "1 to 20 words" in client.call("sessions.search", {"query": "  "})["error"]["message"]


def test_an_operator_speaks_for_the_assistant_and_every_client_hears_it(served: Served) -> None:
    with served.client() as client, served.client() as other:
        assert "not found" in client.call("chat.inject", {"sessionKey": "talk", "message": "hi"})["error"]["message"]
        client.result("sessions.create", {"key": "talk"})
        other.result("sessions.messages.subscribe", {"key": "talk"})
        answer = client.result("chat.inject", {"sessionKey": "talk", "message": "Back at 5.", "label": "Ann"})
        heard = other.until("chat", state="final")
        assert heard["message"]["content"] == [{"type": "text", "text": "[Ann]\n\nBack at 5."}]
        assert other.until("session.message")["messageId"] == answer["messageId"]
        (entry,) = client.result("chat.history", {"sessionKey": "talk"})["messages"]
        assert (entry["role"], entry["model"]) == ("assistant", "gateway-injected")


def test_a_client_that_comes_back_hears_what_it_missed_and_no_more(served: Served) -> None:
    with served.client() as client:
        client.result("sessions.create", {"key": "talk"})
        empty = client.result("chat.history", {"sessionKey": "talk"})
        for text in ("one", "two"):
            client.result("chat.inject", {"sessionKey": "talk", "message": text})
        missed = client.result("chat.history", {"sessionKey": "talk", "cursor": empty["deltaCursor"]})
        assert missed["kind"] == "delta"
        assert [message["content"][0]["text"] for message in missed["messages"]] == ["one", "two"]
        whole = client.result("chat.history", {"sessionKey": "talk"})
        assert whole["deltaCursor"] == missed["deltaCursor"]
        nothing = client.result("chat.history", {"sessionKey": "talk", "cursor": whole["deltaCursor"]})
        assert (nothing["messages"], nothing["deltaCursor"]) == ([], whole["deltaCursor"])
        client.result("sessions.reset", {"key": "talk"})
        for cursor in (whole["deltaCursor"], "", "x", "x:y", f"x:{'9' * 40}"):
            asked = {"sessionKey": "talk", "cursor": cursor}
            assert client.result("chat.history", asked) == {"kind": "reset"}


def test_what_waits_is_shown_a_page_at_a_time(served: Served) -> None:
    with served.client() as client:
        for n in range(25):
            client.result("chat.send", {"sessionKey": "talk", "message": f"m{n}", "idempotencyKey": f"k{n}"})
        pending = client.result("chat.history", {"sessionKey": "talk"})["pendingInputs"]
        assert (pending["total"], len(pending["items"])) == (25, 20)
        assert pending["items"][-1]["message"]["content"] == "m24"
        asked = {"sessionKey": "talk", "pendingBefore": pending["nextBefore"]}
        older = client.result("chat.history", asked)["pendingInputs"]
        assert [item["runId"] for item in older["items"]] == [f"k{n}" for n in range(5)]

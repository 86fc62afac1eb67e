"""Requests after hello: errors word for word, and what the reading methods answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openclaw.domain.scopes import Role, rule_for
from openclaw.domain.transcript import Message, TextBlock, ToolCallBlock, ToolResultBlock, assistant_text, user_text
from openclaw.errors import StoreUnavailable
from tests.integration.web.client import WIRE, fits
from tests.integration.web.serving import Served
from web.ws.methods import METHODS


def recorded_answers(name: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Requests of a recording with their answers."""
    frames = [json.loads(line)["frame"] for line in (WIRE / "frames" / f"{name}.jsonl").read_text().splitlines()]
    requests = {frame["id"]: frame for frame in frames if frame.get("type") == "req" and "id" in frame}
    return [(requests[f["id"]], f) for f in frames if f.get("type") == "res" and f.get("id") in requests]


@pytest.mark.spec("B4", "K5")
@pytest.mark.parametrize("method", ["no.such.method", "chat.send", "agent", "sessions.list", "connect"])
def test_bad_requests_are_refused_word_for_word_as_recorded(served: Served, method: str) -> None:
    refusals = [
        (request, answered["error"])
        for request, answered in recorded_answers("err-methods")
        if request["method"] == method and not answered["ok"]
    ]
    assert refusals
    with served.client() as client:
        for request, error in refusals:
            assert client.call(method, request["params"])["error"] == error


@pytest.mark.spec("B4")
def test_parameters_that_are_no_object(served: Served) -> None:
    with served.client() as client:
        assert client.call("models.list", [])["error"]["message"] == "invalid models.list params: must be object"


@pytest.mark.spec("B4", "K5")
def test_frames_that_are_no_requests_are_answered_and_survived(served: Served) -> None:
    with served.client() as client:
        client.ws.send('{"foo":1}')
        answer = client.frame()
        assert (answer["id"], answer["error"]["code"]) == ("invalid", "INVALID_REQUEST")
        complaint = "invalid request frame: must have required property 'type'; at root: unexpected property 'foo'"
        assert answer["error"]["message"] == complaint
        client.ws.send('{"type":"req","id":"5","method":"health","extra":1}')
        answer = client.frame()
        assert answer["id"] == "5"
        assert answer["error"]["message"] == "invalid request frame: at root: unexpected property 'extra'"
        client.ws.send('{"type":"req","method":"health"}')
        assert client.frame()["error"]["message"] == "invalid request frame: must have required property 'id'"


@pytest.mark.spec("B4", "K5")
def test_garbage_after_hello_is_ignored(served: Served) -> None:
    with served.client() as client:
        client.ws.send("{not json")
        client.ws.send_binary(b"\0\1\2")
        assert client.result("health")["ok"]


@pytest.mark.spec("B5")
@pytest.mark.parametrize(
    ("method", "params"),
    [("chat.send", {"sessionKey": "agent:main:x", "message": "a", "idempotencyKey": "e1"})],
)
def test_a_missing_scope_is_named_as_recorded(served: Served, method: str, params: dict[str, Any]) -> None:
    error = next(a["error"] for request, a in recorded_answers("err-missing-scope") if request["method"] == method)
    with served.client(scopes=["operator.read"]) as client:
        assert client.call(method, params)["error"] == error


@pytest.mark.spec("B5")
def test_every_method_asks_for_its_scope(served: Served) -> None:
    with served.client(scopes=[]) as client:
        for method in METHODS:
            if not method.available(served.gateway):
                continue
            role = rule_for(method.name, {}).role
            error = client.call(method.name, {})["error"]
            assert error["code"] == ("FORBIDDEN" if role is Role.OPERATOR else "INVALID_REQUEST"), method.name


@pytest.mark.spec("B4")
def test_a_bug_in_a_handler_is_an_error_with_a_reference_and_no_more(
    serve: Callable[..., Served], caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> list[Any]:
        raise ZeroDivisionError("secret detail")

    with serve(lanes_summary=broken).client() as client:
        error = client.call("status", {})["error"]
        assert (error["code"], error["message"], error["retryable"]) == ("UNAVAILABLE", "internal error", True)
        assert error["details"]["ref"] in caplog.text
        assert client.result("agents.list", {})["defaultId"] == "main"


def test_the_database_away_is_a_retryable_error(served: Served) -> None:
    with served.client() as client:
        served.desk.trouble = StoreUnavailable()
        error = client.call("sessions.list", {})["error"]
        assert (error["code"], error["retryable"]) == ("UNAVAILABLE", True)
        served.desk.trouble = None
        assert client.call("sessions.list", {})["ok"]


def test_a_client_can_connect_while_the_database_is_away(served: Served) -> None:
    served.desk.trouble = StoreUnavailable()
    with served.client() as client:
        assert client.result("system-presence")[0]["mode"] == "gateway"


# --- reading ------------------------------------------------------------------------------------------------------


@pytest.mark.spec("K5", "B4")
def test_what_is_configured(served: Served) -> None:
    with served.client() as client:
        agents = client.result("agents.list", {})
        assert [agent["id"] for agent in agents["agents"]] == ["main", "other"]
        model = client.result("models.list", {"view": "default"})["models"][0]
        assert (model["id"], model["provider"], model["tags"]) == ("mock-1", "mock", ["default"])
        channels = client.result("channels.status", {})
        assert channels["channelAccounts"]["twin"][0]["webhookPath"] == "/webhooks/twin/default"
        assert channels["channelDefaultAccountId"] == {"twin": "default"}
        commands = client.result("commands.list", {"scope": "text"})["commands"]
        names = {command["name"] for command in commands}
        assert names >= {"stop", "new", "compact", "status", "model", "think", "queue", "approve", "help"}
        assert "elevated" in names
        assert "activation" not in names, "nothing acts on it yet"


@pytest.mark.spec("K5")
def test_how_things_stand(served: Served) -> None:
    served.desk.session_for("agent:main:a")
    with served.client() as client:
        health = client.result("health", {})
        assert (health["ok"], health["sessions"]["count"], health["defaultAgentId"]) == (True, 1, "main")
        fits(
            "Snapshot", {"presence": [], "health": health, "uptimeMs": 1, "stateVersion": {"presence": 1, "health": 1}}
        )
        status = client.result("status", {})
        assert (status["runtimeVersion"], status["sessions"]["recent"][0]["key"]) == ("1.2.3", "agent:main:a")


@pytest.mark.spec("K5")
def test_sessions_are_listed_by_page(served: Served) -> None:
    for name in "abc":
        served.desk.session_for(f"agent:main:{name}")
    served.desk.session_for("agent:other:d")
    with served.client() as client:
        page = client.result("sessions.list", {"limit": 2, "agentId": "main"})
        assert (page["count"], page["totalCount"], page["hasMore"], page["nextOffset"]) == (2, 3, True, 2)
        rest = client.result("sessions.list", {"limit": 2, "offset": 2, "agentId": "main"})
        assert (rest["count"], rest["hasMore"], rest["nextOffset"]) == (1, False, None)


@pytest.mark.spec("K5")
def test_history_shows_messages_calls_and_results_as_openclaw_does(served: Served) -> None:
    desk, key = served.desk, "agent:main:h"
    desk.add(key, user_text("list it"), "r", {"idempotencyKey": "k", "sender": {"id": "1", "name": "Ana"}})
    call = ToolCallBlock("c1", "ls", {"path": "."})
    facts = {"provider": "mock", "model": "mock-1", "usage": {"input": 1, "output": 2}, "stopReason": "tool_calls"}
    desk.add(key, Message("assistant", (TextBlock("looking"), call)), "r", facts)
    desk.add(key, Message("tool", (ToolResultBlock("c1", "ls", "(empty)"),)), "r", {})
    desk.add(key, assistant_text("nothing there"), "r", facts | {"stopReason": "stop"})
    with served.client() as client:
        history = client.result("chat.history", {"sessionKey": "h"})
    user, assistant, result, last = history["messages"]
    assert (user["role"], user["content"], user["idempotencyKey"]) == ("user", "list it", "k:user")
    assert user["senderLabel"] == "Ana"
    assert assistant["content"][1] == {"type": "toolCall", "id": "c1", "name": "ls", "arguments": {"path": "."}}
    assert (assistant["stopReason"], assistant["usage"]["totalTokens"]) == ("toolUse", 3)
    assert (result["role"], result["toolName"], result["isError"]) == ("toolResult", "ls", False)
    assert last["content"] == [{"type": "text", "text": "nothing there"}]
    assert (history["sessionKey"], history["totalMessages"], history["hasMore"]) == (key, 4, False)


def test_history_by_page_and_cut_to_size(served: Served) -> None:
    for number in range(5):
        served.desk.add("agent:main:h", user_text(f"message {number}"), f"r{number}", {})
    with served.client() as client:
        page = client.result("chat.history", {"sessionKey": "h", "limit": 2, "offset": 1, "maxChars": 4})
        assert [message["__openclaw"]["seq"] for message in page["messages"]] == [3, 4]
        assert page["messages"][0]["content"] == "mes…"
        assert page["hasMore"] is True


def test_history_of_an_unknown_session_is_empty_and_no_error(served: Served) -> None:
    with served.client() as client:
        history = client.result("chat.history", {"sessionKey": "agent:main:never"})
        assert (history["messages"], history["totalMessages"]) == ([], 0)


def test_reset_starts_a_new_conversation(served: Served) -> None:
    served.desk.add("agent:main:x", user_text("old"), "r", {})
    with served.client() as client:
        entry = client.result("sessions.reset", {"key": "x", "reason": "new"})["entry"]
        assert entry["sessionId"] == served.desk.session_for("agent:main:x").uuid
        assert client.result("chat.history", {"sessionKey": "x"})["messages"] == []
        assert client.result("sessions.reset", {"key": "unknown"})["entry"] is None


def test_log_lines_since_a_cursor(served: Served, tmp_path: Path) -> None:
    log = tmp_path / "gateway.log"
    with served.client() as client:
        assert client.result("logs.tail", {})["lines"] == []
        log.write_text("one\ntwo\n")
        first = client.result("logs.tail", {"limit": 5, "maxBytes": 250_000})
        assert (first["lines"], first["cursor"], first["truncated"]) == (["one", "two"], 8, False)
        log.write_text("one\ntwo\nthree\nhalf a li")
        more = client.result("logs.tail", {"cursor": first["cursor"]})
        assert (more["lines"], more["cursor"]) == (["three"], 14)
        log.write_text("anew\n")
        assert client.result("logs.tail", {"cursor": 14})["reset"] is True
        assert client.result("logs.tail", {"maxBytes": 3})["lines"] == []


def test_presence_lists_people_and_not_commands(served: Served) -> None:
    ui = {"id": "gateway-client", "version": "1", "platform": "linux", "mode": "ui", "displayName": "Ana"}
    with served.client() as client:
        with served.client(client=ui):
            entries = client.result("system-presence")
            assert [entry["mode"] for entry in entries] == ["gateway", "ui"]
            for entry in entries:
                fits("PresenceEntry", entry)
            client.until("presence")
        client.events.clear()
        assert len(client.until("presence")["presence"]) == 1


def test_the_gateway_keeps_its_identity(served: Served, tmp_path: Path) -> None:
    with served.client() as client:
        first = client.result("gateway.identity.get", {})
        assert first == client.result("gateway.identity.get", {})
        assert len(first["deviceId"]) == 64
    assert (tmp_path / "gateway-identity.key").stat().st_mode & 0o777 == 0o600


def test_text_that_no_database_keeps_is_refused_or_mended(served: Served) -> None:
    ask = {"sessionKey": "x", "idempotencyKey": "k"}
    with served.client() as client:
        refused = client.call("chat.send", {**ask, "message": "a\0b"})
        assert refused["error"]["message"] == "message must not contain null bytes"
        client.ws.send(
            '{"type":"req","id":"s","method":"chat.send","params":{"sessionKey":"x","idempotencyKey":"k",'
            '"message":"half \\ud83d, whole \\ud83d\\ude00"}}'
        )
        assert client.frame()["ok"]
    assert served.desk.submitted[0]["text"] == "half �, whole 😀"


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("chat.send", {"sessionKey": "x", "message": "a", "idempotencyKey": "k", "intent": {"kind": "x"}}),
        ("agent", {"message": "a", "idempotencyKey": "k", "to": "+4912345"}),
    ],
)
def test_what_cannot_be_honoured_is_refused_and_not_passed_over(
    served: Served, method: str, params: dict[str, Any]
) -> None:
    with served.client() as client:
        assert "is not supported by this gateway" in client.call(method, params)["error"]["message"]
    assert not served.desk.submitted

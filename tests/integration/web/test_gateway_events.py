"""System events over the protocol: posted, shown as queued, and heard."""

from __future__ import annotations

from typing import Any

import pytest

from openclaw.errors import Busy
from openclaw.intake.event_desk import WAKE_TEXT
from tests.integration.web.serving import Served
from tests.waiting import wait_until

APP = {"id": "openclaw-macos", "version": "2", "platform": "macos", "mode": "ui", "instanceId": "Mac-1"}


def queued(served: Served, session: str = "agent:main:main") -> list[str]:
    return [event.text for event in served.gateway.services.events.queued(session, 50)]


@pytest.mark.spec("B1", "K5")
def test_a_wake_for_the_next_heartbeat_waits_for_the_next_turn(served: Served) -> None:
    with served.client() as client:
        assert client.result("wake", {"mode": "next-heartbeat", "text": " mail has come ", "extra": 1}) == {"ok": True}
        (line,) = client.result("status")["queuedSystemEvents"]
    assert line.endswith("UTC, operator: mail has come")
    assert served.desk.machine_messages == []


@pytest.mark.spec("B1", "K5")
def test_a_wake_now_starts_a_turn_in_the_background(served: Served) -> None:
    with served.client() as client:
        client.result("wake", {"mode": "now", "text": "mail has come"})
        client.result("wake", {"mode": "now", "text": "for her", "agentId": "other", "sessionKey": "post"})
    first, second = served.desk.machine_messages
    assert (first.session_key, first.text, first.background) == ("agent:main:main", WAKE_TEXT, True)
    assert (first.sender.id, first.sender.is_owner) == ("system", False)
    assert (second.session_key, queued(served, "agent:other:post")) == ("agent:other:post", ["for her"])
    assert first.source_key != second.source_key


def test_a_busy_session_is_woken_later(served: Served) -> None:
    served.desk.trouble = Busy("full")
    with served.client() as client:
        assert client.result("wake", {"mode": "now", "text": "mail"}) == {"ok": True}
    served.desk.trouble = None
    assert served.desk.machine_messages == []
    assert served.gateway.services.events.ask_wakes() == 1
    assert served.gateway.services.events.ask_wakes() == 0
    assert [m.session_key for m in served.desk.machine_messages] == ["agent:main:main"]


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"mode": "soon", "text": "x"}, "at /mode: must be equal to one of the allowed values"),
    ({"mode": "now"}, "must have required property 'text'"),
    ({"mode": "now", "text": "  "}, "text must have 1 to"),
    ({"mode": "now", "text": "x" * 16_001}, "text must have 1 to"),
    ({"mode": "now", "text": "a\0b"}, "null bytes"),
    ({"mode": "now", "text": "x", "agentId": "nobody"}, 'unknown agent id "nobody"'),
    ({"mode": "now", "text": "x", "agentId": "main", "sessionKey": "agent:other:main"}, "unknown agent id"),
    ({"mode": "now", "text": "x", "sessionKey": "agent:nobody:main"}, 'unknown agent id "nobody"'),
    ({"mode": "now", "text": "x", "sessionKey": "a b"}, "invalid session key"),
)


@pytest.mark.spec("B4")
def test_a_wrong_wake_is_refused_and_nothing_is_queued(served: Served) -> None:
    with served.client() as client:
        for params, complaint in WRONG:
            assert complaint in client.call("wake", params)["error"]["message"], params
    assert (queued(served), served.desk.machine_messages) == ([], [])


@pytest.mark.spec("I3")
def test_events_take_a_scope(served: Served) -> None:
    for method, scope in (("wake", "operator.read"), ("system-event", "operator.write")):
        with served.client(scopes=[scope]) as client:
            refused = client.call(method, {"mode": "now", "text": "x"})
        assert refused["error"]["code"] == "FORBIDDEN"
    assert queued(served) == []


@pytest.mark.spec("K5")
def test_a_system_event_is_queued_for_the_main_session_or_another(served: Served) -> None:
    with served.client() as client:
        client.result("system-event", {"text": "the build is green", "reason": "ci", "tags": ["ci"], "future": {}})
        client.result("system-event", {"text": "look", "sessionKey": "talk", "wake": True})
    assert queued(served) == ["the build is green"]
    assert [m.session_key for m in served.desk.machine_messages] == ["agent:main:talk"]


@pytest.mark.spec("K5")
def test_a_presence_line_updates_presence_and_queues_nothing(served: Served) -> None:
    with served.client(client=APP), served.client() as client:
        told = {"text": "Node: Studio · mode ui", "instanceId": "mac-1", "host": "Studio", "lastInputSeconds": 7}
        client.result("system-event", {**told, "reason": "x" * 1000})
        client.result("system-event", {"text": "Node: Phone", "deviceId": "D1", "host": "Phone"})
        entries = client.until("presence")["presence"]
        while not any(entry.get("host") == "Phone" for entry in entries):
            client.events.clear()
            entries = client.until("presence")["presence"]
        mac = [entry for entry in entries if str(entry.get("instanceId")).lower() == "mac-1"]
        assert [(e["host"], e["lastInputSeconds"], e["version"], len(e["reason"])) for e in mac] == [
            ("Studio", 7, "2", 256)
        ]
        refused = client.call("system-event", {"text": "Node: Phone", "wake": True})
        assert "presence" in refused["error"]["message"]
    assert queued(served) == []


def test_somebody_who_is_told_of_twice_is_one_entry(served: Served) -> None:
    def told() -> list[int | None]:
        entries = client.result("system-presence")
        return [entry.get("lastInputSeconds") for entry in entries if entry.get("deviceId") == "D1"]

    with served.client() as client:
        for seconds in (5, 9):
            client.result("system-event", {"text": "Node: Phone", "deviceId": "D1", "lastInputSeconds": seconds})
            wait_until(lambda seconds=seconds: told() == [seconds], what="the board shows it")

"""Approvals by WebSocket: who hears of them, who decides, who waits."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.web.client import Client
from tests.integration.web.serving import Served

pytestmark = pytest.mark.spec("I2", "B9")
SCOPES = ["operator.read", "operator.approvals"]


def request(client: Client, **more: Any) -> dict[str, Any]:
    asked = {"command": "git push", "cwd": "/work", "sessionKey": "main", "twoPhase": True, **more}
    return dict(client.result("exec.approval.request", asked))


def test_a_request_is_heard_decided_and_its_end_is_heard(served: Served) -> None:
    with (
        served.client(scopes=SCOPES) as asks,
        served.client(scopes=SCOPES) as decides,
        served.client(scopes=["operator.read"]) as reads,
    ):
        accepted = request(asks)
        heard = decides.until("exec.approval.requested")
        assert heard["request"]["command"] == "git push"
        assert heard["request"]["sessionKey"] == "agent:main:main"
        assert heard["request"]["allowedDecisions"] == ["allow-once", "deny"]
        (listed,) = decides.result("exec.approval.list", {})
        assert listed["id"] == accepted["id"]
        answer = decides.result("exec.approval.resolve", {"id": accepted["id"][:8], "decision": "deny"})
        assert (answer["applied"], answer["decision"]) == (True, "deny")
        over = asks.until("exec.approval.resolved")
        assert (over["id"], over["decision"]) == (accepted["id"], "deny")
        assert decides.result("exec.approval.list", {}) == []
        reads.result("health", {})
        assert not [frame for frame in reads.events if frame["event"].startswith("exec.approval")]


def test_whoever_waits_is_answered_when_somebody_decides(served: Served) -> None:
    with served.client(scopes=SCOPES) as asks, served.client(scopes=SCOPES) as decides:
        accepted = request(asks)
        waiting = asks.send("exec.approval.waitDecision", {"id": accepted["id"]})
        decides.result("exec.approval.resolve", {"id": accepted["id"], "decision": "allow-once"})
        answered = asks.answer(waiting)
        assert (answered["payload"]["id"], answered["payload"]["decision"]) == (accepted["id"], "allow-once")
        # And at once when it is over already.
        assert asks.result("exec.approval.waitDecision", {"id": accepted["id"]})["decision"] == "allow-once"


def test_whoever_waits_too_long_hears_that_nothing_was_decided(served: Served) -> None:
    with served.client(scopes=SCOPES) as client:
        accepted = request(client)
        assert client.result("exec.approval.waitDecision", {"id": accepted["id"], "timeoutMs": 1})["decision"] is None


def test_a_second_decision_is_told_of_the_first(served: Served) -> None:
    with served.client(scopes=SCOPES) as client:
        accepted = request(client)
        client.result("exec.approval.resolve", {"id": accepted["id"], "decision": "allow-once"})
        second = client.result("exec.approval.resolve", {"id": accepted["id"], "decision": "deny"})
        assert (second["applied"], second["decision"]) == (False, "allow-once")


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({"id": "nobody", "decision": "deny"}, "unknown approval id: nobody"),
        ({"decision": "maybe"}, "a decision is one of allow-once, allow-always, deny"),
        ({"decision": "allow-always"}, "cannot be allowed for good"),
    ],
)
def test_what_cannot_be_decided_says_why(served: Served, params: dict[str, Any], why: str) -> None:
    with served.client(scopes=SCOPES) as client:
        accepted = request(client)
        refused = client.call("exec.approval.resolve", {"id": accepted["id"], **params})
        assert why in refused["error"]["message"]


def test_a_chat_command_decides_for_those_who_may(served: Served) -> None:
    with served.client(scopes=[*SCOPES, "operator.write"]) as may, served.client(scopes=["operator.write"]) as may_not:
        accepted = request(may)
        message = {"sessionKey": "main", "message": f"/approve {accepted['id'][:8]} deny", "idempotencyKey": "k"}
        refused = may_not.call("chat.send", message)
        assert "missing scope: operator.approvals" in refused["error"]["message"]
        assert may.result("chat.send", message)["summary"] == "Decided: deny."
        assert "decided before: deny" in may.result("chat.send", message)["summary"]


def test_the_programs_that_need_no_approval_are_one_document(served: Served) -> None:
    with served.client(scopes=["operator.admin"]) as client:
        empty = client.result("exec.approvals.get", {})
        assert (empty["exists"], empty["file"]) == (False, {"version": 1})
        file = {"version": 1, "agents": {"main": {"allowlist": [{"pattern": "/usr/bin/git"}]}}}
        stored = client.result("exec.approvals.set", {"file": file})
        assert stored["file"]["agents"]["main"]["allowlist"][0]["pattern"] == "/usr/bin/git"
        assert "base hash required" in client.call("exec.approvals.set", {"file": file})["error"]["message"]
        stale = client.call("exec.approvals.set", {"file": file, "baseHash": empty["hash"]})
        assert "changed since last load" in stale["error"]["message"]
        gone = client.result("exec.approvals.set", {"file": {"version": 1}, "baseHash": stored["hash"]})
        assert gone["exists"] is False


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ({"version": 2}, "a document of version 1"),
        ({"version": 1, "defaults": {"security": "full"}}, "set [tools.exec] in the configuration"),
        ({"version": 1, "agents": {"main": {"allowlist": [{"pattern": "git"}]}}}, "a pattern is the path of a program"),
        ({"version": 1, "agents": {"main": {"allowlist": [{}]}}}, "a pattern is the path of a program"),
    ],
)
def test_a_document_that_says_something_else_is_refused(served: Served, file: dict[str, Any], why: str) -> None:
    with served.client(scopes=["operator.admin"]) as client:
        assert why in client.call("exec.approvals.set", {"file": file})["error"]["message"]

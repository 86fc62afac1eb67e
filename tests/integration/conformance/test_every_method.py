"""Every method that is offered: called as a client would, and with what no schema allows.

A method without a case here fails the first test. Answers are checked against the protocol's schema by the client.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from openclaw.domain.envelope import InboundEnvelope, Peer, ReplyRoute, Sender
from tests.integration.conformance.conftest import Everything
from tests.integration.web.client import Client
from tests.integration.web.devices import Device, node
from tests.integration.web.twins import TOKEN
from tests.waiting import wait_until
from web.ws.methods import METHODS

pytestmark = pytest.mark.spec("B6", "K5")

Params = dict[str, Any]
#: Parameters, or what gives them from what is there.
Case = Params | Callable[[Everything, Client], Params]


def fresh() -> str:
    return str(uuid.uuid4())


def config_edit(raw: str) -> Case:
    return lambda _made, client: {"raw": raw, "baseHash": client.result("config.get", {})["hash"]}


def whole_config(_made: Everything, client: Client) -> Params:
    found = client.result("config.get", {})
    return {"raw": found["raw"], "baseHash": found["hash"]}


def session(key: str) -> Case:
    """A session that exists."""

    def make(_made: Everything, client: Client) -> Params:
        client.result("sessions.create", {"key": key})
        return {"key": key}

    return make


def a_device(made: Everything, _client: Client) -> Params:
    """A device of its own, paired just now."""
    device = Device()
    with made.served.stranger() as over:
        assert device.connect(over)["ok"]
    return {"deviceId": device.id}


def with_role(made: Everything, client: Client) -> Params:
    return {**a_device(made, client), "role": "operator"}


def a_node(made: Everything, client: Client) -> Params:
    """The same as a node; it has left again."""
    device = Device()
    with made.served.stranger() as over:
        assert device.connect(over, **node())["ok"]
        listed = lambda: [row["nodeId"] for row in client.result("node.list", {})["nodes"]]  # noqa: E731
        wait_until(lambda: device.id in listed(), what="the node")
    wait_until(lambda: not client.result("node.describe", {"nodeId": device.id})["connected"], what="its leaving")
    return {"nodeId": device.id}


def an_agent(_made: Everything, client: Client) -> Params:
    return {"agentId": client.result("agents.create", {"name": f"a{fresh()[:8]}"})["agentId"]}


def setup_id(_made: Everything, client: Client) -> Params:
    return {"setupId": client.result("device.pair.setupCode", {"publicUrl": "wss://gateway.example"})["setupId"]}


def approval(**more: Any) -> Case:
    """A request for approval that waits."""

    def make(_made: Everything, client: Client) -> Params:
        made = client.result("exec.approval.request", {"command": "git push", "twoPhase": True})
        return {"id": made["id"], **more}

    return make


def stranger(**more: Any) -> Case:
    """A sender who waits for a decision."""

    def make(made: Everything, _client: Client) -> Params:
        desk, sender = made.served.gateway.services.senders, fresh()
        route = ReplyRoute("loopback", "default", sender)
        desk.ask(InboundEnvelope("loopback", "default", sender, Peer("direct", sender), Sender(sender), "hi", route))
        request = next(each for each in desk.requests() if each.sender_id == sender)
        return {"channel": "loopback", "accountId": "default", "requestId": request.request_id, **more}

    return make


def a_known_sender(made: Everything, client: Client) -> Params:
    approved = client.result("channels.pairing.approve", params_of(stranger(), made, client))
    return {"channel": "loopback", "accountId": "default", "senderId": approved["senderId"]}


def outbox_row(_made: Everything, client: Client) -> Params:
    """A message that waits to leave."""
    client.result("send", {"channel": "loopback", "to": "42", "message": "hello", "idempotencyKey": fresh()})
    return {"id": client.result("outbox.list", {"state": "pending"})["rows"][0]["id"]}


CASES: dict[str, Case] = {
    "outbox.list": {"limit": 5},
    "outbox.get": outbox_row,
    "outbox.retry": outbox_row,
    "outbox.drop": outbox_row,
    "exec.approval.list": {},
    "exec.approval.request": {"command": "git push", "twoPhase": True},
    "exec.approval.get": approval(),
    "exec.approval.waitDecision": approval(timeoutMs=1),
    "exec.approval.resolve": approval(decision="deny"),
    "exec.approvals.get": {},
    "exec.approvals.set": {"file": {"version": 1}},
    "health": {},
    "status": {},
    "system-presence": {},
    "system-event": {"text": "the door opened"},
    "wake": {"mode": "next-heartbeat", "text": "look"},
    "last-heartbeat": {},
    "set-heartbeats": {"enabled": True},
    "models.authStatus": {"refresh": True},
    "models.probe": {"provider": "demo"},
    "tts.status": {},
    "tts.providers": {},
    "tts.enable": {},
    "tts.disable": {},
    "tts.setProvider": {"provider": "edge"},
    "tts.convert": {"text": "read this out"},
    "logs.tail": {"limit": 10},
    "gateway.identity.get": {},
    "gateway.restart.request": {"reason": "a test", "restartDelayMs": 60_000},
    "channels.status": {},
    "channels.start": {"channel": "loopback"},
    "channels.stop": {"channel": "loopback"},
    "channels.logout": {"channel": "loopback"},
    "channels.pairing.list": {},
    "channels.pairing.approve": stranger(notify=True),
    "channels.pairing.reject": stranger(),
    "channels.pairing.dismiss": stranger(),
    "channels.allow.list": {},
    "routing.explain": {"channel": "loopback", "senderId": "42"},
    "channels.allow.revoke": a_known_sender,
    "usage.status": {},
    "usage.cost": {"days": 2},
    "config.get": {},
    "config.set": whole_config,
    "config.apply": whole_config,
    "config.patch": config_edit(json.dumps({"agents": {"main": {"name": "Crab"}}})),
    "config.schema": {},
    "config.schema.lookup": {"path": "agents"},
    "models.list": {},
    "commands.list": {},
    "tools.catalog": {},
    "tools.effective": {"sessionKey": "talk"},
    "tools.invoke": {"name": "no_such_tool", "args": {}, "idempotencyKey": "conformance"},
    "agents.list": {},
    "agents.create": {"name": "Brought"},
    "agents.update": {"agentId": "spare", "name": "Spare"},
    "agents.delete": an_agent,
    "agents.files.list": {"agentId": "main"},
    "agents.files.get": {"agentId": "main", "name": "SOUL.md"},
    "agents.files.set": {"agentId": "main", "name": "SOUL.md", "content": "be kind"},
    "agent.identity.get": {"agentId": "main"},
    "sessions.list": {"limit": 5, "includeDerivedTitles": True, "includeLastMessage": True},
    "sessions.preview": {"keys": ["talk"]},
    "sessions.describe": {"key": "talk"},
    "sessions.subscribe": {},
    "sessions.messages.subscribe": {"key": "talk"},
    "sessions.messages.unsubscribe": {"key": "talk"},
    "sessions.create": {"label": "Made"},
    "sessions.patch": {"key": "talk", "label": "Talk", "pinned": True},
    "sessions.reset": {"key": "talk"},
    "sessions.delete": session("short-lived"),
    "sessions.send": {"key": "talk", "message": "hello", "idempotencyKey": "conformance-send"},
    "sessions.abort": {"key": "talk"},
    "sessions.compact": {"key": "talk"},
    "sessions.usage": {"range": "7d"},
    "sessions.search": {"query": "nile"},
    "memory.search": {"query": "nile", "maxResults": 3, "minScore": 0.5},
    "doctor.memory.status": {"agentId": "main", "probe": True},
    "skills.status": {"agentId": "main"},
    "skills.update": {"skillKey": "weather", "enabled": True},
    "chat.send": {"sessionKey": "main", "message": "hello", "idempotencyKey": "conformance-chat"},
    "chat.history": {"sessionKey": "talk"},
    "chat.abort": {"sessionKey": "main"},
    "chat.inject": {"sessionKey": "talk", "message": "a note"},
    "agent": {"message": "hello", "sessionKey": "agent-run", "idempotencyKey": "conformance-agent"},
    "agent.wait": {"runId": "nobody", "timeoutMs": 10},
    "send": {"channel": "loopback", "to": "42", "message": "hello", "idempotencyKey": "conformance-out"},
    "message.action": {
        "channel": "loopback",
        "action": "send",
        "params": {"target": "42", "message": "hello"},
        "idempotencyKey": "conformance-action",
    },
    "tasks.list": {"limit": 5},
    "tasks.get": lambda _made, client: {"taskId": client.result("tasks.list", {})["tasks"][-1]["id"]},
    "tasks.cancel": {"taskId": "nobody"},
    "talk.mode": {"enabled": False},
    "diagnostics.lanes": {},
    "diagnostics.stability": {"limit": 5},
    "device.pair.list": {},
    "device.pair.rename": lambda made, client: {**a_device(made, client), "label": "terminal"},
    "device.token.rotate": with_role,
    "device.token.revoke": with_role,
    "device.pair.remove": a_device,
    "device.pair.setupCode": {"publicUrl": "wss://gateway.example"},
    "device.pair.setupStatus": setup_id,
    "node.list": {},
    "node.describe": a_node,
    "node.rename": lambda made, client: {**a_node(made, client), "displayName": "barn"},
    "node.pair.list": {},
    "node.pending.enqueue": lambda made, client: {**a_node(made, client), "type": "status.request"},
    "node.pair.remove": a_node,
}
#: What a node calls.
NODE_CASES: dict[str, Case] = {
    "node.event": {"event": "node.status", "payload": {}},
    "skills.bins": {},
    "node.pending.drain": {},
    "node.pending.pull": {},
    "node.pending.ack": {"ids": ["nothing"]},
    "node.invoke.result": lambda made, _client: {"id": "nothing", "nodeId": made.node.id, "ok": True},
    "node.invoke.progress": lambda made, _client: {
        "invokeId": "nothing",
        "nodeId": made.node.id,
        "seq": 0,
        "chunk": "x",
    },
}
#: What has no good answer here, and why; the words that it is refused with.
REFUSED: dict[str, tuple[Case, str]] = {
    "web.login.start": ({"channel": "loopback"}, "not linked by scanning a code"),
    "web.login.wait": ({"channel": "loopback"}, "not linked by scanning a code"),
    "device.pair.approve": ({"requestId": "nobody"}, "unknown requestId"),
    "device.pair.reject": ({"requestId": "nobody"}, "unknown requestId"),
    "node.pair.approve": ({"requestId": "nobody"}, "unknown requestId"),
    "node.pair.reject": ({"requestId": "nobody"}, "unknown requestId"),
    "node.invoke": (
        lambda made, client: {**a_node(made, client), "command": "system.run", "idempotencyKey": fresh()},
        "is not connected",
    ),
}
#: Told to leave out what it does not know, as OpenClaw's own does.
LENIENT = {"wake", "system-event"}


def params_of(case: Case, made: Everything, client: Client) -> Params:
    return case if isinstance(case, dict) else case(made, client)


def test_every_method_that_is_offered_has_a_case(everything: Everything) -> None:
    with everything.served.stranger() as client:
        offered = set(client.connect(TOKEN)["payload"]["features"]["methods"])
    assert offered - (CASES.keys() | NODE_CASES.keys() | REFUSED.keys()) == set(), "add a case"
    assert (CASES.keys() | NODE_CASES.keys() | REFUSED.keys()) - offered == set(), "a case of what is not offered"
    assert offered == {method.name for method in METHODS}


@pytest.mark.parametrize("method", CASES)
def test_a_good_call_is_answered(everything: Everything, method: str) -> None:
    with everything.client() as client:
        answered = client.call(method, params_of(CASES[method], everything, client))
        assert answered["ok"], answered["error"]


@pytest.mark.parametrize("method", NODE_CASES)
def test_a_good_call_of_a_node_is_answered(everything: Everything, method: str) -> None:
    with everything.served.stranger() as over:
        assert everything.node.connect(over, **node())["ok"]
        answered = over.call(method, params_of(NODE_CASES[method], everything, over))
        assert answered["ok"], answered["error"]


@pytest.mark.parametrize("method", REFUSED)
def test_what_has_no_good_answer_here_is_refused_with_a_reason(everything: Everything, method: str) -> None:
    case, reason = REFUSED[method]
    with everything.client() as client:
        assert reason in client.call(method, params_of(case, everything, client))["error"]["message"]


def test_what_no_schema_allows_is_refused(everything: Everything) -> None:
    with everything.client() as client, everything.served.stranger() as over:
        assert everything.node.connect(over, **node())["ok"]
        for method in sorted(CASES.keys() | NODE_CASES.keys() | REFUSED.keys()):
            by = over if method in NODE_CASES else client
            for params in ({"bogus": 1}, [], "text", 5):
                if method in LENIENT and isinstance(params, dict):
                    continue
                error = by.call(method, params)["error"]
                assert error["code"] == "INVALID_REQUEST", (method, params, error)
                assert error["message"].startswith(f"invalid {method} params: "), (method, params, error)

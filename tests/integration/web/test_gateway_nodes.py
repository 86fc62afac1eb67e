"""Nodes: what they offer, what is asked of them at one gateway or across two, and what waits for them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from openclaw.coordination.memory_presence import MemoryPresenceBoard
from tests.integration.web.client import Client
from tests.integration.web.devices import Device, node
from tests.integration.web.serving import Served, serving
from tests.integration.web.twins import Desk
from tests.waiting import wait_until

pytestmark = pytest.mark.spec("B5", "B6", "B9")

COMMANDS = ["system.run", "system.which"]


class Shed:
    """A node: a device that answers what it is asked."""

    def __init__(self) -> None:
        self.device = Device()
        self.connections: list[Client] = []

    def connect(self, served: Served, commands: list[str] | None = None) -> Client:
        over = served.stranger()
        self.connections.append(over)
        hello = self.device.connect(over, **{**node(), "commands": commands or COMMANDS})
        assert hello["ok"], hello
        with served.client() as operator:
            wait_until(lambda: is_connected(operator, self.device.id), what="the node")
        return over

    def answer(self, over: Client, request: dict[str, Any], **result: Any) -> Any:
        answered = {"id": request["id"], "nodeId": self.device.id, "ok": True, **result}
        return over.result("node.invoke.result", answered)


def is_connected(operator: Client, node_id: str) -> bool:
    """Whether it is on the board, which it enters after its offer was noted; it is reachable a moment earlier."""
    nodes = operator.result("node.list", {})["nodes"]
    return any("connectedAtMs" in node for node in nodes if node["nodeId"] == node_id)


def ask(shed: Shed, key: str = "k1", **more: Any) -> dict[str, Any]:
    params = {"nodeId": shed.device.id, "command": "system.which", "params": {"bins": ["ls"]}, "idempotencyKey": key}
    return params | more


@pytest.fixture
def sheds() -> Iterator[Callable[[], Shed]]:
    """Make nodes; their connections are closed at the end."""
    made: list[Shed] = []

    def make() -> Shed:
        made.append(Shed())
        return made[-1]

    yield make
    for shed in made:
        for over in shed.connections:
            over.ws.shutdown()


@pytest.fixture
def shed(sheds: Callable[[], Shed]) -> Shed:
    return sheds()


@pytest.fixture
def gateways(desk: Desk, tmp_path: Path) -> Iterator[tuple[Served, Served]]:
    """Two gateways of one cluster."""
    board = MemoryPresenceBoard()
    with ExitStack() as stack:
        made = [stack.enter_context(serving(desk, tmp_path, node_board=board)) for _ in range(2)]
        yield made[0], made[1]


def invoke(operator: Client, params: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    """Ask while the test plays the node; gives the answer."""
    request_id = operator.send("node.invoke", params)
    return lambda: operator.answer(request_id)


def test_a_node_is_listed_with_what_it_offers(served: Served, shed: Shed) -> None:
    with served.client() as operator:
        assert operator.result("node.list", {})["nodes"] == []
        over = shed.connect(served)
        (row,) = operator.result("node.list", {})["nodes"]
        assert (row["displayName"], row["commands"], row["connected"]) == ("the shed", COMMANDS, True)
        assert operator.result("node.describe", {"nodeId": row["nodeId"]})["paired"]
        operator.result("node.rename", {"nodeId": row["nodeId"], "displayName": "barn"})
        over.ws.shutdown()
        wait_until(lambda: not is_connected(operator, shed.device.id), what="its leaving")
        assert operator.result("node.describe", {"nodeId": row["nodeId"]})["displayName"] == "barn"
        assert "unknown nodeId" in operator.call("node.describe", {"nodeId": "nobody"})["error"]["message"]


@pytest.mark.parametrize("where", [0, 1], ids=["at the same gateway", "at the other gateway"])
def test_a_command_is_answered_wherever_the_node_hangs(gateways: tuple[Served, Served], shed: Shed, where: int) -> None:
    over = shed.connect(gateways[0])
    with gateways[where].client() as operator:
        answer = invoke(operator, ask(shed))
        request = over.until("node.invoke.request")
        assert (request["command"], json.loads(request["paramsJSON"])) == ("system.which", {"bins": ["ls"]})
        assert shed.answer(over, request, payloadJSON='{"bins": {"ls": "/bin/ls"}}') == {"ok": True}
        assert answer()["payload"] == {
            "ok": True,
            "nodeId": shed.device.id,
            "command": "system.which",
            "payload": {"bins": {"ls": "/bin/ls"}},
            "payloadJSON": '{"bins": {"ls": "/bin/ls"}}',
        }
        assert operator.result("node.invoke", ask(shed))["ok"]  # the same key: the same answer, and no other command
        assert shed.answer(over, request) == {"ok": True, "ignored": True}
        assert "another command" in operator.call("node.invoke", ask(shed, params={}))["error"]["message"]


def test_what_a_node_says_meanwhile_reaches_a_caller_that_wants_it(gateways: tuple[Served, Served], shed: Shed) -> None:
    over = shed.connect(gateways[0])
    with gateways[1].client(caps=["node-invoke-progress"]) as operator:
        answer = invoke(operator, ask(shed))
        request = over.until("node.invoke.request")
        told = {"invokeId": request["id"], "nodeId": shed.device.id, "seq": 0, "chunk": "half way"}
        assert over.result("node.invoke.progress", told) == {"ok": True}
        assert operator.until("node.invoke.progress")["chunk"] == "half way"
        shed.answer(over, request)
        assert answer()["ok"]


def test_a_node_that_does_not_answer_in_time_is_told_to_stop(gateways: tuple[Served, Served], shed: Shed) -> None:
    over = shed.connect(gateways[0])
    with gateways[1].client() as operator:
        answer = invoke(operator, ask(shed, timeoutMs=300))
        request = over.until("node.invoke.request")
        error = answer()["error"]
        assert (error["code"], error["details"]["code"]) == ("UNAVAILABLE", "TIMEOUT")
        assert over.until("node.invoke.cancel")["id"] == request["id"]
        assert shed.answer(over, request) == {"ok": True, "ignored": True}


def test_a_node_that_leaves_fails_what_it_was_asked(gateways: tuple[Served, Served], shed: Shed) -> None:
    over = shed.connect(gateways[0])
    with gateways[1].client() as operator:
        answer = invoke(operator, ask(shed))
        over.until("node.invoke.request")
        over.ws.shutdown()
        assert answer()["error"]["details"]["code"] == "DISCONNECTED"
        gone = operator.call("node.invoke", ask(shed, key="k2"))["error"]
        assert (gone["code"], gone["details"]["code"]) == ("UNAVAILABLE", "NOT_CONNECTED")


def test_without_notices_it_only_takes_longer(
    gateways: tuple[Served, Served], shed: Shed, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = shed.connect(gateways[0])
    with gateways[1].client() as operator:
        monkeypatch.setattr(desk.stream, "notify", lambda _notice: None)
        for served in gateways:
            monkeypatch.setattr(served.gateway.services.nodes, "_notify", lambda _notice: None)
        answer = invoke(operator, ask(shed))
        request = over.until("node.invoke.request")
        shed.answer(over, request, payload=1)
        assert answer()["payload"]["payload"] == 1


def test_another_node_cannot_answer(served: Served, shed: Shed, sheds: Callable[[], Shed]) -> None:
    other = sheds()
    over, others = shed.connect(served), other.connect(served)
    with served.client() as operator:
        answer = invoke(operator, ask(shed))
        request = over.until("node.invoke.request")
        assert other.answer(others, request) == {"ok": True, "ignored": True}
        forged = others.call("node.invoke.result", {"id": request["id"], "nodeId": shed.device.id, "ok": True})
        assert forged["error"]["message"] == "nodeId mismatch"
        shed.answer(over, request, ok=False, error={"code": "DENIED", "message": "not today"})
        error = answer()["error"]
        assert (error["message"], error["details"]["code"]) == ("not today", "DENIED")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"command": "rm"}, "node command not allowed: rm is not offered by this node"),
        ({"params": [1]}, "invalid node.invoke params: at /params: must be object"),
        ({"nodeId": "nobody"}, "unknown nodeId"),
    ],
)
def test_what_may_not_be_asked_is_refused(served: Served, shed: Shed, change: dict[str, Any], complaint: str) -> None:
    shed.connect(served)
    with served.client() as operator:
        assert operator.call("node.invoke", ask(shed, **change))["error"]["message"] == complaint


def test_what_a_node_offers_later_waits_for_an_operator(served: Served, shed: Shed) -> None:
    shed.connect(served).ws.shutdown()
    with served.client() as operator:
        shed.connect(served, [*COMMANDS, "screen.snapshot"])
        wait_until(lambda: operator.result("node.pair.list", {})["pending"], what="the request")
        (pending,) = operator.result("node.pair.list", {})["pending"]
        assert pending["commands"] == ["screen.snapshot"]
        refused = operator.call("node.invoke", ask(shed, command="screen.snapshot"))["error"]["message"]
        assert refused == "node command not allowed: screen.snapshot has not been approved"
        with served.client(scopes=["operator.pairing"]) as small:
            denied = small.call("node.pair.approve", {"requestId": pending["requestId"]})
            assert "operator.admin" in denied["error"]["message"]
        approved = operator.result("node.pair.approve", {"requestId": pending["requestId"]})
        assert "screen.snapshot" in approved["node"]["commands"]
        assert operator.result("node.pair.list", {})["pending"] == []
        again = operator.call("node.pair.reject", {"requestId": pending["requestId"]})
        assert "unknown requestId" in again["error"]["message"]


AWAY = ["X-Forwarded-For: 203.0.113.9"]


def test_a_machine_that_was_let_in_with_one_offer_does_not_come_with_another(served: Served, shed: Shed) -> None:
    wanted = {**node(), "commands": ["system.which"]}
    with served.stranger(header=AWAY) as over, served.client() as operator:
        assert shed.device.connect(over, **wanted)["error"]["code"] == "NOT_PAIRED"
        (request,) = operator.result("device.pair.list", {})["pending"]
        operator.result("device.pair.approve", {"requestId": request["requestId"]})
        shed.connect(served, [*COMMANDS, "file.read"])
        row = operator.result("node.describe", {"nodeId": shed.device.id})
        assert (row["commands"], row["unapprovedCommands"]) == (["system.which"], ["file.read", "system.run"])
        assert (
            "has not been approved" in operator.call("node.invoke", ask(shed, command="system.run"))["error"]["message"]
        )


def test_a_device_that_is_an_operator_too_is_a_node_no_more_once_it_was_removed(served: Served, shed: Shed) -> None:
    with served.stranger() as over:
        assert shed.device.connect(over)["ok"]
    shed.connect(served)
    with served.client() as operator:
        operator.result("node.pair.remove", {"nodeId": shed.device.id})
        (paired,) = operator.result("device.pair.list", {})["paired"]
        assert paired["roles"] == ["operator"]
        with served.stranger(header=AWAY) as over:
            error = shed.device.connect(over, **node())["error"]
            assert (error["code"], error["details"]["reason"]) == ("NOT_PAIRED", "role-upgrade")


def test_a_command_whose_caller_has_gone_is_stopped(
    gateways: tuple[Served, Served], shed: Shed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.nodes.CALLER_GRACE_SECONDS", 0.05)
    over = shed.connect(gateways[0])
    with gateways[1].client() as operator:
        operator.send("node.invoke", ask(shed))
        request = over.until("node.invoke.request")
    assert over.until("node.invoke.cancel")["id"] == request["id"]
    with gateways[0].client() as operator:
        assert operator.call("node.invoke", ask(shed))["error"]["details"]["code"] == "CANCELLED"


def test_a_caller_that_comes_back_elsewhere_in_time_has_its_answer(gateways: tuple[Served, Served], shed: Shed) -> None:
    over = shed.connect(gateways[0])
    with gateways[1].client() as operator:
        operator.send("node.invoke", ask(shed))
        request = over.until("node.invoke.request")
    with gateways[0].client() as operator:
        answer = invoke(operator, ask(shed))
        served = gateways[1].gateway.nodes
        wait_until(lambda: not served._abandoned, what="the other gateway to hear of it")
        shed.answer(over, request, payload=1)
        assert answer()["payload"]["payload"] == 1


def test_a_removed_node_is_cut_off_and_must_be_paired_anew(served: Served, shed: Shed) -> None:
    over = shed.connect(served)
    with served.client() as operator:
        operator.result("node.pair.remove", {"nodeId": shed.device.id})
        assert operator.result("node.list", {})["nodes"] == []
        paired = operator.result("device.pair.list", {})["paired"]
        assert shed.device.id not in [device["deviceId"] for device in paired]
    assert str(over.closed()) == "4001 credential-replaced"


def test_what_waits_for_a_node_is_there_when_it_comes(served: Served, shed: Shed) -> None:
    shed.connect(served).ws.shutdown()
    with served.client() as operator:
        params = {"nodeId": shed.device.id, "type": "status.request"}
        first = operator.result("node.pending.enqueue", params)
        urgent = operator.result("node.pending.enqueue", {**params, "priority": "high", "expiresInMs": 60_000})
    assert urgent["revision"] > first["revision"]
    over = shed.connect(served)
    drained = over.result("node.pending.drain", {"maxItems": 1})
    assert ([item["id"] for item in drained["items"]], drained["hasMore"]) == ([urgent["queued"]["id"]], True)
    assert len(over.result("node.pending.pull", {})["actions"]) == 2
    over.result("node.pending.ack", {"ids": [urgent["queued"]["id"]]})
    assert [item["id"] for item in over.result("node.pending.drain", {})["items"]] == [first["queued"]["id"]]
    assert over.result("node.event", {"event": "node.status", "payload": {}})["handled"]
    assert not over.result("node.event", {"event": "weather"})["handled"]
    refused = over.call("node.list", {})
    assert "unauthorized role" in refused["error"]["message"]


def test_operators_hear_of_nodes_that_come_and_go(served: Served, shed: Shed) -> None:
    heard: list[bool] = []
    with served.client() as operator:
        over = shed.connect(served)
        heard.append(operator.until("node.presence")["connected"])
        threading.Thread(target=over.ws.shutdown).start()
        heard.append(operator.until("node.presence", connected=False)["connected"])
    assert heard == [True, False]

"""``node.list``, ``node.describe``, ``node.rename``, ``node.pair.*``: which machines lend what."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

from typing import Any

from openclaw.domain.nodes import Node
from openclaw.domain.pairing import may_grant
from openclaw.domain.scopes import Role
from openclaw.errors import Forbidden, InvalidRequest
from web.nodes import request_payload
from web.validation import NoParams, Params, Text
from web.ws.dispatch import Call, Method


class NodeParams(Params):
    nodeId = Text(required=True, min_length=1)


class RenameParams(NodeParams):
    displayName = Text(required=True, min_length=1)


class RequestParams(Params):
    requestId = Text(required=True, min_length=1)


def known_node(call: Call, wanted: str) -> Node:
    """The node that a client names. Raises InvalidRequest."""
    found = call.gateway.services.nodes.store.node(wanted)
    if found is None:
        raise InvalidRequest("unknown nodeId", details={"code": "UNKNOWN_NODE", "nodeId": wanted})
    return found


def node_list(call: Call) -> Any:
    gateway = call.gateway
    connected = gateway.nodes.connected()
    nodes = gateway.services.nodes.store.nodes()
    return {"ts": gateway.clock(), "nodes": [_row(node, connected) for node in nodes]}


def node_describe(call: Call) -> Any:
    node = known_node(call, call.params["nodeId"])
    return {"ts": call.gateway.clock(), **_row(node, call.gateway.nodes.connected())}


def node_rename(call: Call) -> Any:
    name = call.params["displayName"].strip()
    node_id = known_node(call, call.params["nodeId"]).node_id
    if not name or not call.gateway.services.nodes.store.rename(node_id, name):
        raise InvalidRequest("invalid node.rename params: at /displayName: is blank" if not name else "unknown nodeId")
    return {"nodeId": node_id, "displayName": name}


def pair_list(call: Call) -> Any:
    """What waits is what a paired node offers beyond what was approved; machines that are new wait as devices."""
    gateway = call.gateway
    nodes = gateway.services.nodes.store.nodes()
    connected = gateway.nodes.connected()
    return {
        "pending": [request_payload(node, node.last_connected_at_ms) for node in nodes if node.unapproved],
        "paired": [_row(node, connected) for node in nodes],
    }


def pair_approve(call: Call) -> Any:
    return _decide(call, approve=True)


def pair_reject(call: Call) -> Any:
    return _decide(call, approve=False)


def _decide(call: Call, *, approve: bool) -> Any:
    store, now = call.gateway.services.nodes.store, call.gateway.clock()
    if approve and not may_grant(call.connection.admission.scopes, Role.NODE, ()):
        raise Forbidden("missing scope: operator.admin", details={"code": "MISSING_SCOPE", "missing": "operator.admin"})
    request_id = call.params["requestId"]
    node = next((node for node in store.nodes() if node.unapproved and node.request_id == request_id), None)
    if node is None or not store.decide(node, approve=approve, now_ms=now):
        raise InvalidRequest("unknown requestId (it may have been decided, or the node offers something else now)")
    decision = "approved" if approve else "rejected"
    payload = {"requestId": request_id, "nodeId": node.node_id, "decision": decision, "ts": now}
    call.gateway.tell_cluster("node.pair.resolved", payload)
    after = store.node(node.node_id)
    shown = _row(after, call.gateway.nodes.connected()) if after is not None else None
    return {"requestId": request_id, "nodeId": node.node_id, **({"node": shown} if approve else {})}


def pair_remove(call: Call) -> Any:
    """Forget a node and let its device connect as one no more."""
    node_id = known_node(call, call.params["nodeId"]).node_id
    gateway = call.gateway
    gateway.services.devices.remove(node_id, Role.NODE.value)
    gateway.services.nodes.store.remove(node_id)
    gateway.cut_device(node_id, Role.NODE.value)
    gateway.tell_cluster("device.pair.changed", {"deviceId": node_id, "reason": "removed", "ts": gateway.clock()})
    return {"nodeId": node_id}


def _row(node: Node, connected: dict[str, int]) -> dict[str, Any]:
    client = node.client
    facts = {
        "nodeId": node.node_id,
        "displayName": node.display_name,
        "platform": client.get("platform"),
        "version": client.get("version"),
        "deviceFamily": client.get("deviceFamily"),
        "modelIdentifier": client.get("modelIdentifier"),
        "remoteIp": node.remote_ip or None,
        "connectedAtMs": connected.get(node.node_id) or None,
        "approvedAtMs": node.approved_at_ms,
        "lastConnectedAtMs": node.last_connected_at_ms or None,
        "lastSeenAtMs": node.last_seen_at_ms or None,
    }
    return {name: value for name, value in facts.items() if value is not None} | {
        "caps": list(node.caps),
        "commands": list(node.usable),
        "unapprovedCommands": list(node.unapproved),
        "permissions": node.permissions,
        "paired": True,
        "connected": node.node_id in connected,
    }


METHODS = (
    Method("node.list", NoParams(), node_list),
    Method("node.describe", NodeParams(), node_describe),
    Method("node.rename", RenameParams(), node_rename),
    Method("node.pair.list", NoParams(), pair_list),
    Method("node.pair.approve", RequestParams(), pair_approve),
    Method("node.pair.reject", RequestParams(), pair_reject),
    Method("node.pair.remove", NodeParams(), pair_remove),
)

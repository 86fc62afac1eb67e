"""``node.pending.*`` and ``node.event``: what waits for a node that is away, and what a node tells by itself."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

import uuid
from typing import Any, cast

from openclaw.errors import Unavailable
from openclaw.ports.nodes import PendingItem
from web.validation import Anything, Flag, Listing, NoParams, Params, Text, Whole
from web.ws.dispatch import Call, Method
from web.ws.methods.nodes import known_node

DEFAULT_ITEMS, MAX_ITEMS = 4, 10
TYPES = ("status.request", "location.request")
MAX_EXPIRY_MS = 86_400_000
MAX_WAITING = 100
#: What a node says of itself: noted as being there.
STATUS_EVENTS = frozenset({"node.status", "status", "node.heartbeat"})


class EnqueueParams(Params):
    nodeId = Text(required=True, min_length=1)
    type = Text(required=True, one_of=TYPES)
    priority = Text(one_of=("normal", "high"))
    expiresInMs = Whole(minimum=1000, maximum=MAX_EXPIRY_MS)
    wake = Flag()


class DrainParams(Params):
    maxItems = Whole(minimum=1, maximum=MAX_ITEMS)


class AckParams(Params):
    ids = Listing(required=True, of_text=True)


class EventParams(Params):
    event = Text(required=True, min_length=1)
    payload = Anything()
    payloadJSON = Text()


def enqueue(call: Call) -> Any:
    params, now = call.params, call.gateway.clock()
    node = known_node(call, params["nodeId"])
    expires = params.get("expiresInMs", MAX_EXPIRY_MS)
    waiting = call.gateway.services.nodes.store.pending(node.node_id, now, MAX_WAITING)
    if waiting.more or len(waiting.items) == MAX_WAITING:
        raise Unavailable(f"{MAX_WAITING} items wait for {node.display_name} already")
    item = PendingItem(
        id=str(uuid.uuid4()),
        node_id=node.node_id,
        type=params["type"],
        priority=cast("Any", params.get("priority", "normal")),
        created_at_ms=now,
        expires_at_ms=now + expires,
    )
    revision = call.gateway.services.nodes.store.enqueue(item)
    # A node that is there looks with every tick; one that is away cannot be woken by us.
    return {"nodeId": node.node_id, "revision": revision, "queued": _item(item), "wakeTriggered": False}


def drain(call: Call) -> Any:
    """The most urgent items. They stay until the node acknowledges them: one that dies over them finds them again."""
    node_id = call.connection.admission.device_id
    limit = call.params.get("maxItems", DEFAULT_ITEMS)
    page = call.gateway.services.nodes.store.pending(node_id, call.gateway.clock(), limit)
    return {
        "nodeId": node_id,
        "revision": page.revision,
        "items": [_item(item) for item in page.items],
        "hasMore": page.more,
    }


def pull(call: Call) -> Any:
    """The same in the form that asks for nothing."""
    node_id = call.connection.admission.device_id
    page = call.gateway.services.nodes.store.pending(node_id, call.gateway.clock(), MAX_ITEMS)
    return {"nodeId": node_id, "actions": [_item(item) for item in page.items]}


def acknowledge(call: Call) -> Any:
    node_id, ids = call.connection.admission.device_id, call.params["ids"]
    removed = call.gateway.services.nodes.store.acknowledge(node_id, ids)
    return {"nodeId": node_id, "ackedIds": ids, "remainingCount": _remaining(call, node_id), "removed": removed}


def _remaining(call: Call, node_id: str) -> int:
    page = call.gateway.services.nodes.store.pending(node_id, call.gateway.clock(), MAX_ITEMS)
    return len(page.items)


def event(call: Call) -> Any:
    name = call.params["event"]
    if name not in STATUS_EVENTS:
        return {"ok": True, "event": name, "handled": False, "reason": "this gateway has no use for it"}
    call.gateway.services.nodes.store.seen(call.connection.admission.device_id, call.gateway.clock())
    return {"ok": True, "event": name, "handled": True}


def _item(item: PendingItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "type": item.type,
        "priority": item.priority,
        "createdAtMs": item.created_at_ms,
        "expiresAtMs": item.expires_at_ms,
        **({"payload": item.payload} if item.payload else {}),
    }


METHODS = (
    Method("node.pending.enqueue", EnqueueParams(), enqueue),
    Method("node.pending.drain", DrainParams(), drain),
    Method("node.pending.pull", NoParams(), pull),
    Method("node.pending.ack", AckParams(), acknowledge),
    Method("node.event", EventParams(), event),
)

"""Nodes, their commands and what waits for them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import bindparam, case, delete, func, or_, select, update

from openclaw.domain.nodes import InvokeState, Node
from openclaw.errors import InvalidRequest
from openclaw.ports.nodes import NewInvoke, NodeInvoke, PendingItem, PendingPage
from openclaw.store.database import Database
from openclaw.store.models import node_invokes, node_pending, nodes, waits
from openclaw.store.repositories.identity import bounded_key
from openclaw.store.repositories.upsert import DialectInsert, insert_new
from openclaw.store.rows import AnyRow

_OPEN = (InvokeState.QUEUED.value, InvokeState.SENT.value)
_TIMED_OUT = {"ok": False, "error": {"code": "TIMEOUT", "message": "the node did not answer in time"}}

#: What a node says anew with every connection.
_SAID = ("client", "caps", "commands", "permissions", "remote_ip", "last_connected_at_ms", "last_seen_at_ms")
_CONNECTED = DialectInsert(
    nodes,
    lambda insert: insert.on_conflict_do_update(
        index_elements=[nodes.c.node_id],
        set_={name: insert.excluded[name] for name in _SAID},
    ).returning(*nodes.c),
)
_ADMIT = DialectInsert(
    nodes,
    lambda insert: insert.on_conflict_do_update(
        index_elements=[nodes.c.node_id],
        set_={name: insert.excluded[name] for name in ("commands", "approved_commands", "approved_at_ms")},
    ),
)
_NODES = select(nodes).order_by(nodes.c.display_name, nodes.c.node_id)
_NODE = select(nodes).where(nodes.c.node_id == bindparam("p_node"))
_LOCK_NODE = (
    update(nodes).where(nodes.c.node_id == bindparam("p_node")).values(node_id=nodes.c.node_id).returning(*nodes.c)
)
_SET = update(nodes).where(nodes.c.node_id == bindparam("p_node"))
_SEEN = _SET.values(last_seen_at_ms=bindparam("p_now"))
_RENAME = _SET.values(display_name=bindparam("p_name")).returning(nodes.c.node_id)
_DECIDE = _SET.values(
    commands=bindparam("p_commands"), approved_commands=bindparam("p_approved"), approved_at_ms=bindparam("p_now")
)
_REMOVE = tuple(delete(table).where(table.c.node_id == bindparam("p_node")) for table in (node_pending, node_invokes))
_REMOVE_NODE = delete(nodes).where(nodes.c.node_id == bindparam("p_node")).returning(nodes.c.node_id)

_ASK = DialectInsert(node_invokes, lambda insert: insert.on_conflict_do_nothing().returning(node_invokes.c.id))
_ASKED = select(node_invokes).where(
    node_invokes.c.node_id == bindparam("p_node"), node_invokes.c.idempotency_key == bindparam("p_key")
)
_INVOKE = select(node_invokes).where(node_invokes.c.id == bindparam("p_id"))
_TAKE = (
    update(node_invokes)
    .where(
        node_invokes.c.id == bindparam("p_id"),
        node_invokes.c.state == InvokeState.QUEUED.value,
        node_invokes.c.expires_at_ms > bindparam("p_now"),
    )
    .values(state=InvokeState.SENT.value, sent_at_ms=bindparam("p_now"))
    .returning(*node_invokes.c)
)
_QUEUED = (
    select(node_invokes.c.id, node_invokes.c.node_id)
    .where(
        node_invokes.c.state == "queued",
        node_invokes.c.node_id.in_(bindparam("p_nodes", expanding=True)),
        node_invokes.c.expires_at_ms > bindparam("p_now"),
    )
    .order_by(node_invokes.c.created_at_ms)
    .limit(bindparam("p_limit"))
)
_FINISH = (
    update(node_invokes)
    .where(
        node_invokes.c.id == bindparam("p_id"),
        node_invokes.c.node_id == bindparam("p_node"),
        node_invokes.c.state.in_(_OPEN),
    )
    .values(state=bindparam("p_state"), result=bindparam("p_result"), ended_at_ms=bindparam("p_now"))
    .returning(*node_invokes.c)
)
_DESERTED = (
    select(node_invokes.c.id, node_invokes.c.node_id)
    .join(waits, waits.c.id == node_invokes.c.wait_id)
    .where(node_invokes.c.ended_at_ms.is_(None), waits.c.answered_at_ms.is_not(None))
    .limit(bindparam("p_limit"))
)
_LATE = (
    select(node_invokes.c.id)
    .where(node_invokes.c.ended_at_ms.is_(None), node_invokes.c.expires_at_ms <= bindparam("p_now"))
    .limit(bindparam("p_limit"))
)
_EXPIRE = (
    update(node_invokes)
    .where(node_invokes.c.id.in_(_LATE), node_invokes.c.state.in_(_OPEN))
    .values(state=InvokeState.EXPIRED.value, result=bindparam("p_result"), ended_at_ms=bindparam("p_now"))
    .returning(*node_invokes.c)
)
_OLD = select(node_invokes.c.id).where(node_invokes.c.created_at_ms < bindparam("p_before")).limit(bindparam("p_limit"))
_FORGET = delete(node_invokes).where(node_invokes.c.id.in_(_OLD), node_invokes.c.state.not_in(_OPEN))

_ENQUEUE = insert_new(node_pending)
_of_node = node_pending.c.node_id == bindparam("p_node")
_PENDING = (
    select(node_pending)
    .where(_of_node, or_(node_pending.c.expires_at_ms.is_(None), node_pending.c.expires_at_ms > bindparam("p_now")))
    .order_by(case((node_pending.c.priority == "high", 0), else_=1), node_pending.c.id)
    .limit(bindparam("p_limit"))
)
_DROP_EXPIRED = delete(node_pending).where(_of_node, node_pending.c.expires_at_ms <= bindparam("p_now"))
_REVISION = select(func.coalesce(func.max(node_pending.c.id), 0)).where(_of_node)
_ACKNOWLEDGE = delete(node_pending).where(_of_node, node_pending.c.item_id.in_(bindparam("p_ids", expanding=True)))


class SqlNodeStore:
    """Implements ``NodeStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- nodes ------------------------------------------------------------------------------------------------

    def admit(self, node: Node, now_ms: int) -> None:
        """Note what an operator has approved with a machine; it replaces what was approved before."""
        with self._database.write() as connection:
            connection.execute(_ADMIT.on(connection), _columns(node, now_ms))

    def connected(self, node: Node, now_ms: int) -> Node:
        """Note that a paired node is here. Only of a new one does ``approved_commands`` count."""
        values = {**_columns(node, now_ms), "last_connected_at_ms": now_ms, "last_seen_at_ms": now_ms}
        with self._database.write() as connection:
            return _node(connection.execute(_CONNECTED.on(connection), values).one())

    def seen(self, node_id: str, now_ms: int) -> None:
        with self._database.write() as connection:
            connection.execute(_SEEN, {"p_node": node_id, "p_now": now_ms})

    def nodes(self) -> list[Node]:
        with self._database.read() as connection:
            return [_node(row) for row in connection.execute(_NODES)]

    def node(self, node_id: str) -> Node | None:
        with self._database.read() as connection:
            row = connection.execute(_NODE, {"p_node": node_id}).one_or_none()
        return None if row is None else _node(row)

    def rename(self, node_id: str, display_name: str) -> bool:
        with self._database.write() as connection:
            found = connection.execute(_RENAME, {"p_node": node_id, "p_name": display_name}).one_or_none()
        return found is not None

    def decide(self, node: Node, *, approve: bool, now_ms: int) -> bool:
        """Approve what a node offers, or strike it off; false when its offer has changed meanwhile."""
        with self._database.write() as connection:
            row = connection.execute(_LOCK_NODE, {"p_node": node.node_id}).one_or_none()
            if row is None or tuple(row.commands) != node.commands:
                return False
            approved = sorted({*row.approved_commands, *(node.unapproved if approve else ())})
            parameters = {
                "p_node": node.node_id,
                "p_commands": list(node.commands if approve else node.usable),
                "p_approved": approved,
                "p_now": now_ms,
            }
            connection.execute(_DECIDE, parameters)
        return True

    def remove(self, node_id: str) -> bool:
        """Forget a node, what was asked of it and what waits for it."""
        with self._database.write() as connection:
            for statement in _REMOVE:
                connection.execute(statement, {"p_node": node_id})
            return connection.execute(_REMOVE_NODE, {"p_node": node_id}).one_or_none() is not None

    # --- commands ---------------------------------------------------------------------------------------------

    def ask(self, new: NewInvoke, now_ms: int) -> tuple[NodeInvoke, bool]:
        """Store a command, or find the one of the same key; whether it is new. Raises InvalidRequest for another."""
        key = bounded_key(new.key)
        values: dict[str, Any] = {
            "id": new.id,
            "node_id": new.node_id,
            "command": new.command,
            "params": new.params,
            "timeout_ms": new.timeout_ms,
            "idempotency_key": key,
            "wait_id": new.wait_id,
            "session_key": new.session_key,
            "state": InvokeState.QUEUED.value,
            "created_at_ms": now_ms,
            "expires_at_ms": now_ms + new.timeout_ms,
        }
        with self._database.write() as connection:
            made = connection.execute(_ASK.on(connection), values).one_or_none()
            found = _invoke(connection.execute(_ASKED, {"p_node": new.node_id, "p_key": key}).one())
        if (found.command, found.params) != (new.command, new.params):
            raise InvalidRequest("the idempotency key was used for another command")
        return found, made is not None

    def take(self, invoke_id: str, now_ms: int) -> NodeInvoke | None:
        """Have it to send; ``None`` when another gateway had it, or it is too late."""
        with self._database.write() as connection:
            row = connection.execute(_TAKE, {"p_id": invoke_id, "p_now": now_ms}).one_or_none()
        return None if row is None else _invoke(row)

    def invoke(self, invoke_id: str) -> NodeInvoke | None:
        with self._database.read() as connection:
            row = connection.execute(_INVOKE, {"p_id": invoke_id}).one_or_none()
        return None if row is None else _invoke(row)

    def queued(self, node_ids: Collection[str], now_ms: int, limit: int) -> list[tuple[str, str]]:
        """Commands that nobody has sent yet: id and node, the oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(_QUEUED, {"p_nodes": list(node_ids), "p_now": now_ms, "p_limit": limit})
            return [(row.id, row.node_id) for row in rows]

    def finish(
        self, invoke_id: str, node_id: str, state: InvokeState, result: dict[str, Any], now_ms: int
    ) -> NodeInvoke | None:
        """End a command of this very node; ``None`` when it was over."""
        parameters = {
            "p_id": invoke_id,
            "p_node": node_id,
            "p_state": state.value,
            "p_result": result,
            "p_now": now_ms,
        }
        with self._database.write() as connection:
            row = connection.execute(_FINISH, parameters).one_or_none()
        return None if row is None else _invoke(row)

    def deserted(self, limit: int) -> list[tuple[str, str]]:
        """Commands whose turn has gone on without them: id and node."""
        with self._database.read() as connection:
            return [(row.id, row.node_id) for row in connection.execute(_DESERTED, {"p_limit": limit})]

    def expire(self, now_ms: int, limit: int) -> list[NodeInvoke]:
        """End commands whose time is over."""
        parameters = {"p_now": now_ms, "p_limit": limit, "p_result": _TIMED_OUT}
        with self._database.write() as connection:
            return [_invoke(row) for row in connection.execute(_EXPIRE, parameters).all()]

    def forget(self, before_ms: int, limit: int) -> int:
        """Remove commands that were asked before a time; how many."""
        with self._database.write() as connection:
            return int(connection.execute(_FORGET, {"p_before": before_ms, "p_limit": limit}).rowcount)

    # --- what waits -------------------------------------------------------------------------------------------

    def enqueue(self, item: PendingItem) -> int:
        """Let something wait for a node; the revision."""
        values = {
            "item_id": item.id,
            "node_id": item.node_id,
            "type": item.type,
            "priority": item.priority,
            "payload": item.payload,
            "created_at_ms": item.created_at_ms,
            "expires_at_ms": item.expires_at_ms,
        }
        with self._database.write() as connection:
            connection.execute(_DROP_EXPIRED, {"p_node": item.node_id, "p_now": item.created_at_ms})
            connection.execute(_ENQUEUE.on(connection), values)
            return int(connection.execute(_REVISION, {"p_node": item.node_id}).scalar_one())

    def pending(self, node_id: str, now_ms: int, limit: int) -> PendingPage:
        with self._database.read() as connection:
            rows = connection.execute(_PENDING, {"p_node": node_id, "p_now": now_ms, "p_limit": limit + 1}).all()
            revision = int(connection.execute(_REVISION, {"p_node": node_id}).scalar_one())
        return PendingPage(tuple(_item(row) for row in rows[:limit]), revision, len(rows) > limit)

    def acknowledge(self, node_id: str, item_ids: Collection[str]) -> int:
        """Remove items that a node has taken care of; how many there were."""
        with self._database.write() as connection:
            done = connection.execute(_ACKNOWLEDGE, {"p_node": node_id, "p_ids": list(item_ids)})
            return int(done.rowcount)


def _columns(node: Node, now_ms: int) -> dict[str, Any]:
    return {
        "node_id": node.node_id,
        "display_name": node.display_name,
        "client": node.client,
        "caps": list(node.caps),
        "commands": list(node.commands),
        "approved_commands": list(node.approved_commands),
        "permissions": node.permissions,
        "remote_ip": node.remote_ip,
        "created_at_ms": now_ms,
        "approved_at_ms": now_ms,
    }


def _node(row: AnyRow) -> Node:
    return Node(
        node_id=row.node_id,
        display_name=row.display_name,
        client=row.client,
        caps=tuple(row.caps),
        commands=tuple(row.commands),
        approved_commands=tuple(row.approved_commands),
        permissions=row.permissions,
        remote_ip=row.remote_ip,
        created_at_ms=row.created_at_ms,
        approved_at_ms=row.approved_at_ms,
        last_connected_at_ms=row.last_connected_at_ms or 0,
        last_seen_at_ms=row.last_seen_at_ms or 0,
    )


def _invoke(row: AnyRow) -> NodeInvoke:
    return NodeInvoke(
        id=row.id,
        node_id=row.node_id,
        command=row.command,
        params=row.params,
        timeout_ms=row.timeout_ms,
        key=row.idempotency_key,
        wait_id=row.wait_id,
        state=InvokeState(row.state),
        result=row.result or {},
        expires_at_ms=row.expires_at_ms,
    )


def _item(row: AnyRow) -> PendingItem:
    return PendingItem(
        id=row.item_id,
        node_id=row.node_id,
        type=row.type,
        priority=row.priority,
        payload=row.payload,
        created_at_ms=row.created_at_ms,
        expires_at_ms=row.expires_at_ms,
    )

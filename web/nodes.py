"""The nodes that hang on this gateway, and the commands that callers of this gateway wait for.

A command is a row; notices only save waiting. So a node's gateway looks for rows that nobody told it of, and a waiting
caller looks how his command stands: with Redis away everything takes a moment longer and nothing is lost.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from openclaw.domain.nodes import Node, offered_commands
from openclaw.domain.scopes import Role
from openclaw.errors import OpenClawError, RedisUnavailable
from openclaw.intake.node_desk import NodeDesk
from openclaw.ports.clock import Clock
from openclaw.ports.nodes import (
    NODE_CANCEL_TOPIC,
    NODE_ENDED_TOPIC,
    NODE_INVOKE_TOPIC,
    NODE_PROGRESS_TOPIC,
    NODE_WANTED_TOPIC,
    NodeInvoke,
)
from openclaw.ports.presence import PresenceBoard
from openclaw.ports.stream import Notice
from web.ws.background import Background
from web.ws.frames import encode_event_head
from web.ws.sending import OutgoingEvent
from web.ws.timekeeper import Timekeeper

if TYPE_CHECKING:
    from web.ws.connection import Connection

log = logging.getLogger(__name__)

TOPICS = frozenset({NODE_INVOKE_TOPIC, NODE_ENDED_TOPIC, NODE_PROGRESS_TOPIC, NODE_CANCEL_TOPIC, NODE_WANTED_TOPIC})
#: Seconds between two looks for what no notice told of, and between two renewals on the board.
LOOK_SECONDS = 2.0
RENEW_SECONDS = 30.0
#: How long a caller whose connection ended may take to ask again, at any gateway, before its command is stopped.
CALLER_GRACE_SECONDS = 10.0
#: Commands that one look sends.
PAGE = 100

#: Told of a command's end, and of what it says until then: sequence number and text.
OnEnd = Callable[[NodeInvoke], None]
OnProgress = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class _Waiter:
    on_end: OnEnd
    on_progress: OnProgress | None


class ConnectedNodes:
    """Thread-safe. What speaks to SQL or Redis runs on the background thread."""

    def __init__(
        self,
        desk: NodeDesk,
        board: PresenceBoard,
        *,
        boot_id: str,
        background: Background,
        timekeeper: Timekeeper,
        tell: Callable[[str, dict[str, Any]], None],
        is_trusted: Callable[[str], bool],
        clock: Clock,
    ) -> None:
        self.desk = desk
        self._board = board
        self._boot_id = boot_id
        self._background = background
        self._timekeeper = timekeeper
        self._tell = tell
        self._is_trusted = is_trusted
        self._clock = clock
        self._lock = threading.Lock()
        self._own: dict[str, Connection] = {}
        #: What was sent over each connection and has no answer yet.
        self._sent: dict[str, set[str]] = {}
        self._waiters: dict[str, list[_Waiter]] = {}
        #: Commands whose caller has gone, until somebody asks again or the grace is over.
        self._abandoned: set[str] = set()

    # --- coming and going -------------------------------------------------------------------------------------

    def entered(self, connection: Connection) -> None:
        if connection.admission.role is Role.NODE:
            with self._lock:
                self._own[connection.admission.device_id] = connection
                self._sent[connection.id] = set()
            self._background.put(partial(self._enter, connection))

    def left(self, connection: Connection) -> None:
        if connection.admission.role is not Role.NODE:
            return
        node_id = connection.admission.device_id
        with self._lock:
            if self._own.get(node_id) is connection:
                del self._own[node_id]
            unanswered = self._sent.pop(connection.id, set())
        self._background.put(partial(self._leave, connection, node_id, unanswered))

    def renew(self) -> None:
        """Renew this gateway's nodes on the board, and put back those that a lost Redis has forgotten."""
        self._background.put(self._renew)

    def _enter(self, connection: Connection) -> None:
        node = self.desk.store.connected(self._node_of(connection), self._clock())
        self._put(node.node_id, connection)
        self._tell("node.presence", {"nodeId": node.node_id, "connected": True, "ts": self._clock()})
        if node.unapproved:
            self._tell("node.pair.requested", request_payload(node, self._clock()))
        self._send_queued([node.node_id])

    def _node_of(self, connection: Connection) -> Node:
        """What a connection says of its node. An operator who let it in has approved what it asked for then."""
        admission = connection.admission
        commands = offered_commands(admission.surface.get("commands") or ())
        return Node(
            node_id=admission.device_id,
            display_name=admission.client.get("displayName") or admission.client["id"],
            client=dict(admission.client),
            caps=tuple(admission.surface.get("caps") or ()),
            commands=commands,
            approved_commands=commands if self._is_trusted(admission.device_id) else (),
            permissions=admission.surface.get("permissions") or {},
            remote_ip=connection.peer.client,
        )

    def _leave(self, connection: Connection, node_id: str, unanswered: set[str]) -> None:
        gone = {"ok": False, "error": {"code": "DISCONNECTED", "message": "the node left before it answered"}}
        for invoke_id in unanswered:
            self.desk.finish(invoke_id, node_id, gone)
        try:
            elsewhere = not self._board.remove(node_id, connection.id)
        except RedisUnavailable:
            elsewhere = False  # the entry ages
        if not elsewhere:
            self.desk.store.seen(node_id, self._clock())
            self._tell("node.presence", {"nodeId": node_id, "connected": False, "ts": self._clock()})

    def _renew(self) -> None:
        with self._lock:
            own = dict(self._own)
        try:
            missing = self._board.renew({node_id: connection.id for node_id, connection in own.items()})
        except RedisUnavailable as error:
            log.warning("nodes of other gateways are not known: %s", error)
            return
        for node_id in missing:
            self._put(node_id, own[node_id])

    def _put(self, node_id: str, connection: Connection) -> None:
        entry = {"nodeId": node_id, "gateway": self._boot_id, "connection": connection.id, "since": self._clock()}
        try:
            self._board.put(node_id, connection.id, entry)
        except RedisUnavailable as error:
            log.warning("node %s is known to this gateway alone for now: %s", node_id[:12], error)

    def connected(self) -> dict[str, int]:
        """Nodes that hang on any gateway, and since when; without Redis, this one's own."""
        with self._lock:
            own = dict.fromkeys(self._own, 0)
        try:
            entries = self._board.read().entries
        except RedisUnavailable:
            return own
        return own | {str(entry["nodeId"]): int(entry["since"]) for entry in entries}

    # --- callers ----------------------------------------------------------------------------------------------

    def wait(self, invoke: NodeInvoke, on_end: OnEnd, on_progress: OnProgress | None = None) -> None:
        """Call back once when a command is over."""
        with self._lock:
            self._waiters.setdefault(invoke.id, []).append(_Waiter(on_end, on_progress))
        late = max(0, invoke.expires_at_ms - self._clock()) / 1000
        self._timekeeper.after(late + 0.05, lambda: self._later(self._expire, invoke.id))
        self._look_at(invoke.id)  # it may be over already

    def left_alone(self, invoke: NodeInvoke) -> None:
        """A caller of this gateway has gone. Unless somebody asks again for it soon, the node is told to stop."""
        with self._lock:
            self._waiters.pop(invoke.id, None)
            self._abandoned.add(invoke.id)
        self._timekeeper.after(CALLER_GRACE_SECONDS, lambda: self._later(self._give_up, invoke))

    def _give_up(self, invoke: NodeInvoke) -> None:
        with self._lock:
            alone = invoke.id in self._abandoned and invoke.id not in self._waiters
            self._abandoned.discard(invoke.id)
        if alone:
            self.desk.cancel(invoke.id, invoke.node_id)

    def look(self) -> None:
        """Look for what no notice told of: commands for own nodes, ends of commands that somebody waits for."""
        with self._lock:
            own, waited = list(self._own), list(self._waiters)
        if own:
            self._later(self._send_queued, own)
        for invoke_id in waited:
            self._later(self._look_at, invoke_id)

    def noticed(self, notice: Notice) -> None:
        """A notice of one of ``TOPICS``; called on the subscriber's thread."""
        invoke_id, node_id = str(notice.data["id"]), str(notice.data.get("node_id", ""))
        with self._lock:
            connection = self._own.get(node_id)
            waited = invoke_id in self._waiters
        if notice.topic == NODE_INVOKE_TOPIC and connection is not None:
            self._later(self._send, invoke_id, node_id)
        elif notice.topic == NODE_CANCEL_TOPIC and connection is not None:
            self._cancel(connection, invoke_id, node_id)
        elif notice.topic == NODE_ENDED_TOPIC and waited:
            self._later(self._look_at, invoke_id)
        elif notice.topic == NODE_WANTED_TOPIC:
            with self._lock:
                self._abandoned.discard(invoke_id)
        elif notice.topic == NODE_PROGRESS_TOPIC and waited:
            self._progress(invoke_id, int(str(notice.data["seq"])), str(notice.data["chunk"]))

    def _later(self, work: Callable[..., object], *arguments: Any) -> None:
        self._background.put(lambda: _quietly(work, *arguments))

    def _expire(self, invoke_id: str) -> None:
        self.desk.expire(invoke_id)
        self._look_at(invoke_id)

    def _look_at(self, invoke_id: str) -> None:
        found = self.desk.store.invoke(invoke_id)
        if found is None or not found.state.is_over:
            return
        with self._lock:
            waiters = self._waiters.pop(invoke_id, [])
        for waiter in waiters:
            waiter.on_end(found)

    def _progress(self, invoke_id: str, seq: int, chunk: str) -> None:
        with self._lock:
            waiters = list(self._waiters.get(invoke_id, ()))
        for waiter in waiters:
            if waiter.on_progress is not None:
                waiter.on_progress(seq, chunk)

    # --- nodes ------------------------------------------------------------------------------------------------

    def asked(self, connection: Connection, invoke_id: str) -> bool:
        """Whether a command was sent over this connection and has no answer yet."""
        with self._lock:
            return invoke_id in self._sent.get(connection.id, ())

    def answered(self, connection: Connection, invoke_id: str) -> None:
        with self._lock:
            self._sent.get(connection.id, set()).discard(invoke_id)

    def _send_queued(self, node_ids: list[str]) -> None:
        for invoke_id, node_id in self.desk.store.queued(node_ids, self._clock(), PAGE):
            self._send(invoke_id, node_id)

    def _send(self, invoke_id: str, node_id: str) -> None:
        with self._lock:
            connection = self._own.get(node_id)
        if connection is None or connection.queue.closing or not self._hangs_here(node_id, connection):
            return
        invoke = self.desk.store.take(invoke_id, self._clock())
        if invoke is None:
            return
        payload = {
            "id": invoke.id,
            "nodeId": invoke.node_id,
            "command": invoke.command,
            "paramsJSON": json.dumps(invoke.params, ensure_ascii=False),
            "timeoutMs": max(1, invoke.expires_at_ms - self._clock()),
            "idempotencyKey": invoke.key,
        }
        with self._lock:
            sent = self._sent.get(connection.id)
            if sent is not None:
                sent.add(invoke.id)
        if sent is None:  # it has left just now
            gone = {"ok": False, "error": {"code": "DISCONNECTED", "message": "the node left before it was asked"}}
            self.desk.finish(invoke.id, node_id, gone)
            return
        _push(connection, "node.invoke.request", payload)

    def _hangs_here(self, node_id: str, connection: Connection) -> bool:
        """Whether the node has not gone on to another gateway, leaving a connection here that does not know it yet."""
        try:
            entries = self._board.read().entries
        except RedisUnavailable:
            return True
        found = next((entry for entry in entries if entry["nodeId"] == node_id), None)
        return found is None or found["connection"] == connection.id

    def _cancel(self, connection: Connection, invoke_id: str, node_id: str) -> None:
        if self.asked(connection, invoke_id):
            self.answered(connection, invoke_id)
            _push(connection, "node.invoke.cancel", {"id": invoke_id, "invokeId": invoke_id, "nodeId": node_id})


def request_payload(node: Node, now_ms: int) -> dict[str, Any]:
    """What a node asks for, as clients see it."""
    return {
        "requestId": node.request_id,
        "nodeId": node.node_id,
        "displayName": node.display_name,
        "platform": node.client.get("platform"),
        "version": node.client.get("version"),
        "commands": list(node.unapproved),
        "remoteIp": node.remote_ip,
        "isRepair": True,
        "ts": now_ms,
    }


def _push(connection: Connection, event: str, payload: dict[str, Any]) -> None:
    connection.queue.push_event(OutgoingEvent(event, encode_event_head(event, payload)))


def _quietly(work: Callable[..., object], *arguments: Any) -> None:
    """Do what is looked for again anyway."""
    try:
        work(*arguments)
    except OpenClawError as error:
        log.warning("a node's command waits a little longer: %s", error)

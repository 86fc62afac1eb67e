"""Nodes in SQL: who they are, what is asked of them, what waits for them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from openclaw.domain.nodes import InvokeState, Node

#: The topic of a command that a node shall be sent by whichever gateway it is connected to: ``id`` and ``node_id``.
NODE_INVOKE_TOPIC = "node.invoke"
#: The topic of a command that is over: ``id``.
NODE_ENDED_TOPIC = "node.invoke.ended"
#: The topic of a piece of what a command says while it runs: ``id``, ``seq`` and ``chunk``.
NODE_PROGRESS_TOPIC = "node.invoke.progress"
#: The topic of a command that somebody asked for once more: ``id``.
NODE_WANTED_TOPIC = "node.invoke.wanted"
#: The topic of a command that nobody waits for any more: ``id`` and ``node_id``.
NODE_CANCEL_TOPIC = "node.invoke.cancel"


@dataclass(frozen=True, slots=True)
class NewInvoke:
    """A command for a node. ``key`` makes it one: the same key for the same node is the same command."""

    id: str
    node_id: str
    command: str
    params: dict[str, Any]
    timeout_ms: int
    key: str
    #: The wait of a turn that its result answers.
    wait_id: str | None = None
    session_key: str = ""


@dataclass(frozen=True, slots=True)
class NodeInvoke:
    """A command as it stands."""

    id: str
    node_id: str
    command: str
    params: dict[str, Any]
    timeout_ms: int
    key: str
    wait_id: str | None
    state: InvokeState
    #: ``ok`` with ``payload``, or ``error`` with ``code`` and ``message``.
    result: dict[str, Any] = field(default_factory=dict)
    expires_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class PendingItem:
    """Something that a node shall do when it is next there."""

    id: str
    node_id: str
    type: str
    priority: Literal["default", "normal", "high"] = "normal"
    payload: dict[str, Any] = field(default_factory=dict)
    created_at_ms: int = 0
    expires_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class PendingPage:
    """The most urgent items. ``revision`` rises with every one that is added."""

    items: tuple[PendingItem, ...]
    revision: int
    more: bool


class NodeStore(Protocol):
    """Every method raises StoreUnavailable when the database is away."""

    def admit(self, node: Node, now_ms: int) -> None:
        """Note what an operator has approved with a machine; it replaces what was approved before."""
        ...

    def connected(self, node: Node, now_ms: int) -> Node:
        """Note that a paired node is here. Only of a new one does ``approved_commands`` count."""
        ...

    def seen(self, node_id: str, now_ms: int) -> None: ...

    def nodes(self) -> list[Node]: ...

    def node(self, node_id: str) -> Node | None: ...

    def rename(self, node_id: str, display_name: str) -> bool: ...

    def decide(self, node: Node, *, approve: bool, now_ms: int) -> bool:
        """Approve what a node offers, or strike it off; false when its offer has changed meanwhile."""
        ...

    def remove(self, node_id: str) -> bool:
        """Forget a node, what was asked of it and what waits for it."""
        ...

    def ask(self, new: NewInvoke, now_ms: int) -> tuple[NodeInvoke, bool]:
        """Store a command, or find the one of the same key; whether it is new. Raises InvalidRequest for another."""
        ...

    def take(self, invoke_id: str, now_ms: int) -> NodeInvoke | None:
        """Have it to send; ``None`` when another gateway had it, or it is too late."""
        ...

    def invoke(self, invoke_id: str) -> NodeInvoke | None: ...

    def queued(self, node_ids: Collection[str], now_ms: int, limit: int) -> list[tuple[str, str]]:
        """Commands that nobody has sent yet: id and node, the oldest first."""
        ...

    def finish(
        self, invoke_id: str, node_id: str, state: InvokeState, result: dict[str, Any], now_ms: int
    ) -> NodeInvoke | None:
        """End a command of this very node; ``None`` when it was over."""
        ...

    def deserted(self, limit: int) -> list[tuple[str, str]]:
        """Commands whose turn has gone on without them: id and node."""
        ...

    def expire(self, now_ms: int, limit: int) -> list[NodeInvoke]:
        """End commands whose time is over."""
        ...

    def forget(self, before_ms: int, limit: int) -> int:
        """Remove commands that were asked before a time; how many."""
        ...

    def enqueue(self, item: PendingItem) -> int:
        """Let something wait for a node; the revision."""
        ...

    def pending(self, node_id: str, now_ms: int, limit: int) -> PendingPage: ...

    def acknowledge(self, node_id: str, item_ids: Collection[str]) -> int:
        """Remove items that a node has taken care of; how many there were."""
        ...


class NodeCalls(Protocol):
    """Asking nodes for something."""

    @property
    def store(self) -> NodeStore: ...

    def ask(self, new: NewInvoke) -> NodeInvoke:
        """Ask a node, once per key. Raises InvalidRequest and StoreUnavailable."""
        ...

"""Nodes: machines that lend their commands to agents, what is asked of them, and what waits for them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from openclaw.store.models.columns import Base, RowId

_OPEN = text("ended_at_ms IS NULL")
_QUEUED = text("state = 'queued'")


class NodeRow(Base):
    """A paired node; its id is its device's. What it offers beyond ``approved_commands`` is not used."""

    __tablename__ = "nodes"

    node_id: Mapped[str] = mapped_column(primary_key=True)
    display_name: Mapped[str]
    client: Mapped[dict[str, Any]]
    caps: Mapped[list[str]]
    commands: Mapped[list[str]]
    approved_commands: Mapped[list[str]]
    permissions: Mapped[dict[str, Any]]
    remote_ip: Mapped[str] = mapped_column(default="")
    created_at_ms: Mapped[int]
    approved_at_ms: Mapped[int]
    last_connected_at_ms: Mapped[int | None]
    last_seen_at_ms: Mapped[int | None]


class NodeInvokeRow(Base):
    """One call of a node's command: ``queued → sent → done | failed | expired``."""

    __tablename__ = "node_invokes"

    id: Mapped[str] = mapped_column(primary_key=True)
    node_id: Mapped[str]
    command: Mapped[str]
    params: Mapped[dict[str, Any]]
    timeout_ms: Mapped[int]
    #: Unique for its node: a call that is repeated gets the first one's result.
    idempotency_key: Mapped[str]
    #: The wait that its result answers, for a call by an agent's tool.
    wait_id: Mapped[str | None]
    session_key: Mapped[str] = mapped_column(default="")
    state: Mapped[str]
    result: Mapped[dict[str, Any] | None]
    created_at_ms: Mapped[int]
    expires_at_ms: Mapped[int]
    sent_at_ms: Mapped[int | None]
    ended_at_ms: Mapped[int | None]

    __table_args__ = (
        UniqueConstraint("node_id", "idempotency_key"),
        Index("ix_node_invokes_queued", "node_id", "created_at_ms", postgresql_where=_QUEUED, sqlite_where=_QUEUED),
        Index("ix_node_invokes_open", "expires_at_ms", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_node_invokes_created", "created_at_ms"),
    )


class NodePendingRow(Base):
    """Something a node shall do when it is next there: it fetches and acknowledges by itself."""

    __tablename__ = "node_pending"

    id: Mapped[RowId]
    item_id: Mapped[str] = mapped_column(unique=True)
    node_id: Mapped[str]
    #: ``status.request``, ``location.request``, or ``invoke`` for a command that waits.
    type: Mapped[str]
    priority: Mapped[str]
    payload: Mapped[dict[str, Any]]
    created_at_ms: Mapped[int]
    expires_at_ms: Mapped[int | None]

    __table_args__ = (
        Index("ix_node_pending_node", "node_id", "id"),
        {"sqlite_autoincrement": True},
    )

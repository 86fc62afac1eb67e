"""Inbound messages: every message that was accepted, in its session's order, and what became of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from openclaw.store.models.columns import Base, RowId

_OPEN = sql("open")
#: SQLite uses a partial index only for the very words of its condition.
_OPEN_SQLITE = sql("open = 1")
_UNTOLD = sql("reason = 'cap:summarize' AND turn_run_id IS NULL")
_OVERHEARD = sql("reason = 'not mentioned' AND turn_run_id IS NULL")


class InboundRow(Base):
    """One accepted message. It is open until it has its one disposition; the two change together."""

    __tablename__ = "inbound"

    id: Mapped[RowId]
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"))
    ordinal: Mapped[int]
    source_key: Mapped[str] = mapped_column(unique=True)
    #: The run that was promised for it.
    run_id: Mapped[str] = mapped_column(unique=True)
    #: The turn it is in or ended in; for a message dropped into a summary, the turn that heard of it.
    turn_run_id: Mapped[str | None]
    #: The running turn it was steered into.
    steered_run_id: Mapped[str | None]
    mode: Mapped[str]
    #: Conversation and permissions: only equal ones are merged.
    merge_key: Mapped[str]
    #: Whose permissions hold: only equal ones are steered.
    sender_key: Mapped[str]
    background: Mapped[bool]
    lane_class: Mapped[str]
    channel: Mapped[str]
    account: Mapped[str]
    peer_kind: Mapped[str]
    peer_id: Mapped[str]
    thread_id: Mapped[str | None]
    sender_id: Mapped[str]
    sender_name: Mapped[str]
    message_id: Mapped[str | None]
    text: Mapped[str]
    media: Mapped[list[dict[str, Any]]]
    route: Mapped[dict[str, Any]]
    options: Mapped[dict[str, Any]]
    extra: Mapped[dict[str, Any]]
    not_before_ms: Mapped[int]
    accepted_at_ms: Mapped[int]
    ended_at_ms: Mapped[int | None]
    open: Mapped[bool]
    disposition: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        UniqueConstraint("session_id", "ordinal"),
        CheckConstraint("(disposition IS NULL) = open", name="one_disposition"),
        Index("ix_inbound_open", "session_id", "ordinal", postgresql_where=_OPEN, sqlite_where=_OPEN_SQLITE),
        Index("ix_inbound_open_class", "lane_class", postgresql_where=_OPEN, sqlite_where=_OPEN_SQLITE),
        Index("ix_inbound_untold", "session_id", "ordinal", postgresql_where=_UNTOLD, sqlite_where=_UNTOLD),
        Index("ix_inbound_overheard", "session_id", "ordinal", postgresql_where=_OVERHEARD, sqlite_where=_OVERHEARD),
    )

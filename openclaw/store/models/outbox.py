"""The outbox: one row per chunk that is to leave, in its conversation's order."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from openclaw.store.models.columns import Base, RowId

_OPEN = text("ended_at_ms IS NULL")
_SENDING = text("state = 'sending'")
_REPLY = text("run_id IS NOT NULL")
_UNKNOWN = text("state = 'unknown'")
_FAILED = text("state = 'failed'")


class OutboxRecord(Base):
    """One chunk: (``making`` →) ``pending`` ⇄ ``sending`` → ``sent | failed | unknown``.

    Open while ``ended_at_ms`` is null.
    """

    __tablename__ = "outbox"

    id: Mapped[RowId]
    #: ``<run>:<reply>:<chunk>`` or a notice's own key: the same thing is never queued twice.
    key: Mapped[str] = mapped_column(unique=True)
    run_id: Mapped[str | None]
    reply_index: Mapped[int]
    chunk_index: Mapped[int]
    conversation: Mapped[str]
    route: Mapped[dict[str, Any]]
    text: Mapped[str]
    #: Labels, and what each says when it is pressed; null for a message without.
    buttons: Mapped[list[dict[str, Any]] | None]
    #: The file that leaves with the text; null for words alone.
    file: Mapped[dict[str, Any] | None]
    #: What is to be spoken; the row is ``making`` until its file is there.
    speech: Mapped[dict[str, Any] | None]
    #: The platform's id of a message of ours that this text takes the place of.
    edits: Mapped[str] = mapped_column(default="", server_default="")
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    due_at_ms: Mapped[int]
    claim_token: Mapped[str] = mapped_column(default="")
    claim_until_ms: Mapped[int] = mapped_column(default=0)
    provider_message_id: Mapped[str] = mapped_column(default="")
    error: Mapped[str] = mapped_column(default="")
    created_at_ms: Mapped[int]
    ended_at_ms: Mapped[int | None]

    __table_args__ = (
        Index("ix_outbox_open", "conversation", "id", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_outbox_due", "due_at_ms", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_outbox_sending", "claim_until_ms", postgresql_where=_SENDING, sqlite_where=_SENDING),
        Index("ix_outbox_run", "run_id", postgresql_where=_REPLY, sqlite_where=_REPLY),
        Index("ix_outbox_unknown", "id", postgresql_where=_UNKNOWN, sqlite_where=_UNKNOWN),
        Index("ix_outbox_failed", "id", postgresql_where=_FAILED, sqlite_where=_FAILED),
        {"sqlite_autoincrement": True},
    )

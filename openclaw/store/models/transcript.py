"""Transcript entries: a session's conversation, appended under its fence."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from openclaw.store.models.columns import Base, RowId


class TranscriptRow(Base):
    """One message. ``seq`` rises over the session, over its conversations too."""

    __tablename__ = "transcript"

    id: Mapped[RowId]
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"))
    seq: Mapped[int]
    session_uuid: Mapped[str]
    entry_id: Mapped[str]
    role: Mapped[str]
    blocks: Mapped[list[dict[str, Any]]]
    run_id: Mapped[str]
    facts: Mapped[dict[str, Any]]
    created_at_ms: Mapped[int]

    __table_args__ = (
        UniqueConstraint("session_id", "seq"),
        Index("ix_transcript_conversation", "session_id", "session_uuid", "seq"),
    )

"""Senders on channels: those who wait for a decision, and those over whom one was made."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from openclaw.store.models.columns import Base


class SenderRequestRow(Base):
    """A sender who waits. The database itself sees to it that no account has more of them than places."""

    __tablename__ = "sender_requests"

    request_id: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str]
    account: Mapped[str]
    #: One of the account's few places, counted from 0.
    place: Mapped[int]
    sender_id: Mapped[str]
    code: Mapped[str] = mapped_column(unique=True)
    label: Mapped[str] = mapped_column(default="")
    #: Further facts of the platform.
    facts: Mapped[dict[str, Any]]
    #: Where he was told his code.
    route: Mapped[dict[str, Any]]
    created_at_ms: Mapped[int]
    last_seen_at_ms: Mapped[int]

    __table_args__ = (
        UniqueConstraint("channel", "account", "place"),
        UniqueConstraint("channel", "account", "sender_id", name="uq_sender_requests_sender"),
    )


class KnownSenderRow(Base):
    """A sender who may write to an account, or may not for good."""

    __tablename__ = "known_senders"

    channel: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    sender_id: Mapped[str] = mapped_column(primary_key=True)
    #: ``approved`` or ``refused``.
    standing: Mapped[str]
    label: Mapped[str] = mapped_column(default="")
    #: The device, client or approver who decided.
    decided_by: Mapped[str]
    decided_at_ms: Mapped[int]

    __table_args__ = (
        CheckConstraint("standing IN ('approved', 'refused')", name="standing"),
        Index("ix_known_senders_decided", "decided_at_ms"),
    )

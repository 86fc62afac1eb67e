"""Requests for approval, and the programs that need none."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from openclaw.store.models.columns import Base

_PENDING = text("state = 'pending'")


class ApprovalRow(Base):
    """One request. Its end is written once: the update asks for ``pending``."""

    __tablename__ = "approvals"

    id: Mapped[str] = mapped_column(primary_key=True)
    wait_id: Mapped[str]
    run_id: Mapped[str]
    session_key: Mapped[str]
    agent_id: Mapped[str]
    command: Mapped[str]
    cwd: Mapped[str]
    host: Mapped[str]
    env_names: Mapped[list[str]]
    programs: Mapped[list[str]]
    can_always: Mapped[bool]
    state: Mapped[str]
    decision: Mapped[str | None]
    decided_by: Mapped[str] = mapped_column(default="")
    created_at_ms: Mapped[int]
    expires_at_ms: Mapped[int]
    decided_at_ms: Mapped[int | None]

    __table_args__ = (
        Index("ix_approvals_created", "created_at_ms"),
        Index("ix_approvals_pending", "expires_at_ms", postgresql_where=_PENDING, sqlite_where=_PENDING),
        Index("ix_approvals_wait", "wait_id"),
    )


class ExecPatternRow(Base):
    """A glob on resolved paths that an agent may run."""

    __tablename__ = "exec_patterns"

    id: Mapped[str] = mapped_column(primary_key=True)
    agent_id: Mapped[str]
    pattern: Mapped[str]
    created_at_ms: Mapped[int]
    last_used_at_ms: Mapped[int] = mapped_column(default=0)
    last_command: Mapped[str] = mapped_column(default="")

    __table_args__ = (UniqueConstraint("agent_id", "pattern"),)

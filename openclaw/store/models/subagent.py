"""Sub-agents: which session opened which for what, and whether it has heard of the end."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from openclaw.store.models.columns import Base

_UNSETTLED = text("settled_at_ms IS NULL")
_UNTIDY = text("tidy_at_ms IS NOT NULL")


class SubagentRow(Base):
    """One task given to a session of its own. It is settled once whoever gave it has heard, or needs to hear no more.

    Whether the work is over is no column: the child's messages and runs say so.
    """

    __tablename__ = "subagents"

    #: The run that was promised for the task.
    run_id: Mapped[str] = mapped_column(primary_key=True)
    child_key: Mapped[str] = mapped_column(unique=True)
    parent_key: Mapped[str]
    #: The run that gave the task.
    parent_run_id: Mapped[str]
    title: Mapped[str]
    #: ``keep`` or ``delete``: what becomes of the child's session.
    cleanup: Mapped[str]
    created_at_ms: Mapped[int]
    settled_at_ms: Mapped[int | None]
    #: How the work ended; empty until it is settled.
    outcome: Mapped[str] = mapped_column(default="")
    #: When the child's session is to be put away; null when it was, or shall stay.
    tidy_at_ms: Mapped[int | None]

    __table_args__ = (
        Index("ix_subagents_parent", "parent_key", "created_at_ms"),
        Index("ix_subagents_unsettled", "parent_key", postgresql_where=_UNSETTLED, sqlite_where=_UNSETTLED),
        Index("ix_subagents_untidy", "tidy_at_ms", postgresql_where=_UNTIDY, sqlite_where=_UNTIDY),
    )

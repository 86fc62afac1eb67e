"""System events: lines that a session's next turn shall hear of, from hooks, nodes and operators."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from openclaw.store.models.columns import Base, RowId

_UNHEARD = text("run_id IS NULL")


class SystemEventRow(Base):
    """One line. ``run_id`` is the turn that heard of it."""

    __tablename__ = "system_events"

    id: Mapped[RowId]
    session_id: Mapped[int]
    text: Mapped[str]
    #: Who says so: ``hook:wake``, ``node:<id>``, ``operator``.
    source: Mapped[str]
    #: True for text from outside, which the prompt marks as such.
    untrusted: Mapped[bool]
    #: Unique key of the event that brought it, so that a repeated call says it once.
    key: Mapped[str] = mapped_column(unique=True)
    created_at_ms: Mapped[int]
    run_id: Mapped[str | None]

    __table_args__ = (
        Index("ix_system_events_unheard", "session_id", "id", postgresql_where=_UNHEARD, sqlite_where=_UNHEARD),
        {"sqlite_autoincrement": True},
    )

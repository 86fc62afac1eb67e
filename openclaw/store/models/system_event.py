"""System events: lines that a session's next turn shall hear of, from hooks, nodes and operators."""

from __future__ import annotations

from sqlalchemy import Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from openclaw.store.models.columns import Base, RowId

_UNHEARD = text("run_id IS NULL")
_WAKE = text("wake")
#: SQLite uses a partial index only for the very words of its condition.
_WAKE_SQLITE = text("wake = 1")


class SystemEventRow(Base):
    """One line. ``run_id`` is the turn that heard of it, empty for one that gave way to newer ones."""

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
    #: A turn is owed for it and has not been asked for.
    wake: Mapped[bool] = mapped_column(default=False, server_default=false())

    __table_args__ = (
        Index("ix_system_events_unheard", "session_id", "id", postgresql_where=_UNHEARD, sqlite_where=_UNHEARD),
        Index("ix_system_events_wake", "session_id", postgresql_where=_WAKE, sqlite_where=_WAKE_SQLITE),
        {"sqlite_autoincrement": True},
    )

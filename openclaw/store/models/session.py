"""Sessions: the row that every write of a conversation locks first."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from openclaw.store.models.columns import Base, RowId

_SHOWN = text("NOT archived")
#: SQLite uses a partial index only for the very words of its condition.
_SHOWN_SQLITE = text("archived = 0")

_LABELLED = text("label <> ''")
_CHILD = text("parent_key <> ''")
_DELETED = text("deleted_at_ms IS NOT NULL")


class SessionRow(Base):
    """One conversation key. ``fence`` only rises; ``last_ordinal`` and ``last_seq`` only rise."""

    __tablename__ = "sessions"

    id: Mapped[RowId]
    session_key: Mapped[str] = mapped_column(unique=True)
    #: Changes with a new conversation under the same key.
    session_uuid: Mapped[str]
    agent_id: Mapped[str]
    lane_class: Mapped[str]
    #: Celery queue of the lane's doorbells, as the last accepted message had it.
    queue: Mapped[str]
    kind: Mapped[str]
    channel: Mapped[str]
    display_name: Mapped[str]
    fence: Mapped[int] = mapped_column(default=0)
    last_ordinal: Mapped[int] = mapped_column(default=0)
    last_seq: Mapped[int] = mapped_column(default=0)
    #: ``last_seq`` when the current conversation began.
    base_seq: Mapped[int] = mapped_column(default=0)
    #: The entry that holds the newest summary of the conversation, and the first that it left as it is; 0 without one.
    compacted_seq: Mapped[int] = mapped_column(default=0, server_default="0")
    kept_seq: Mapped[int] = mapped_column(default=0, server_default="0")
    #: Summaries of this conversation so far.
    compactions: Mapped[int] = mapped_column(default=0, server_default="0")
    #: What the conversation weighed when a model was last asked, in tokens, and up to which entry.
    context_tokens: Mapped[int] = mapped_column(default=0, server_default="0")
    context_seq: Mapped[int] = mapped_column(default=0, server_default="0")
    #: The vendor's auth profile that answered last, ``vendor:profile``: its prompt cache is warm.
    auth_pin: Mapped[str] = mapped_column(default="", server_default="")
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    input_tokens: Mapped[int] = mapped_column(default=0)
    output_tokens: Mapped[int] = mapped_column(default=0)
    cache_read_tokens: Mapped[int] = mapped_column(default=0)
    cache_write_tokens: Mapped[int] = mapped_column(default=0)
    cost_microusd: Mapped[int] = mapped_column(default=0, server_default="0")
    model: Mapped[str] = mapped_column(default="")
    #: The open run, empty without one; set and cleared in the transaction that opens or ends it.
    active_run_id: Mapped[str] = mapped_column(default="")
    #: The run that ended last.
    last_run_id: Mapped[str] = mapped_column(default="")
    #: Messages that the cap dropped for a summary the next turn shall hear, and the cap that did it.
    untold_drops: Mapped[int] = mapped_column(default=0)
    drop_cap: Mapped[int] = mapped_column(default=0)
    #: How many messages the next turn shall read at most that were not said to the assistant; 0 without any.
    overheard: Mapped[int] = mapped_column(default=0, server_default="0")
    #: When a sender was last told about a drop or a rejection.
    notice_at_ms: Mapped[int] = mapped_column(default=0)
    #: A name that operators gave it.
    label: Mapped[str] = mapped_column(default="", server_default="")
    #: Put away: left out of ordinary lists.
    archived: Mapped[bool] = mapped_column(default=False, server_default=false())
    pinned: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: The session that made this one.
    parent_key: Mapped[str] = mapped_column(default="", server_default="")
    #: When it was deleted. From then on it has a key that nobody can name, and its rows go bit by bit.
    deleted_at_ms: Mapped[int | None]
    #: System events that no turn has heard yet.
    system_events: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at_ms: Mapped[int]
    updated_at_ms: Mapped[int]

    __table_args__ = (
        # Read backwards for the newest first.
        Index("ix_sessions_agent_updated", "agent_id", "updated_at_ms", "id"),
        Index("ix_sessions_updated", "updated_at_ms", "id"),
        # The same for lists, which leave out what was put away: calls of single tools leave many such sessions.
        Index("ix_sessions_updated_shown", "updated_at_ms", "id", postgresql_where=_SHOWN, sqlite_where=_SHOWN_SQLITE),
        Index(
            "ix_sessions_label", "agent_id", "label", unique=True, postgresql_where=_LABELLED, sqlite_where=_LABELLED
        ),
        Index("ix_sessions_parent", "parent_key", postgresql_where=_CHILD, sqlite_where=_CHILD),
        Index("ix_sessions_deleted", "id", postgresql_where=_DELETED, sqlite_where=_DELETED),
        # Lanes are named by the id, so an id is never given out twice.
        {"sqlite_autoincrement": True},
    )

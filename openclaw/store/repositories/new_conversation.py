"""Beginning a new conversation under a session's key. Callers hold the session's row lock, or take it by this."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, update

from openclaw.store.models import sessions
from openclaw.store.repositories.memory_notes import owe_note

_BEGIN = (
    update(sessions)
    .where(sessions.c.session_key == bindparam("p_key"))
    .values(
        session_uuid=bindparam("p_uuid"),
        base_seq=sessions.c.last_seq,
        **dict.fromkeys(("compacted_seq", "kept_seq", "compactions", "context_tokens", "context_seq"), 0),
        auth_pin="",
        input_tokens=0,
        output_tokens=0,
        cache_read_tokens=0,
        cache_write_tokens=0,
        cost_microusd=0,
        updated_at_ms=bindparam("p_now"),
    )
    .returning(sessions.c.id, sessions.c.settings)
)
_SET = update(sessions).where(sessions.c.session_key == bindparam("p_key"))


def begin_conversation(
    connection: Connection, session_key: str, now_ms: int, settings: Mapping[str, Any] | None = None
) -> str | None:
    """The new conversation's uuid, ``None`` for an unknown key.

    The one that ends owes a note to the agent's memory. ``settings`` are put among the session's own, which stay.
    """
    fresh = str(uuid.uuid4())
    owe_note(connection, session_key, now_ms)
    session = connection.execute(_BEGIN, {"p_key": session_key, "p_uuid": fresh, "p_now": now_ms}).one_or_none()
    if session is None:
        return None
    if settings:
        connection.execute(_SET.values(settings={**session.settings, **settings}), {"p_key": session_key})
    return fresh

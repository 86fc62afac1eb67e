"""Notes of conversations that are owed: made known by the reset itself, settled by the job that writes them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from openclaw.domain.memory_notes import EndedConversation, Said
from openclaw.domain.transcript import Message, blocks_from_json
from openclaw.ports.memory import OwedNote
from openclaw.store.database import Database
from openclaw.store.models import memory_notes, sessions, transcript
from openclaw.store.rows import AnyRow

_COLUMNS = ("session_id", "session_key", "session_uuid", "agent_id", "ended_at_ms")
_CONVERSATION = select(
    sessions.c.id, sessions.c.session_key, sessions.c.session_uuid, sessions.c.agent_id, bindparam("p_now")
).where(
    sessions.c.session_key == bindparam("p_key"),
    sessions.c.last_seq > sessions.c.base_seq,
    sessions.c.deleted_at_ms.is_(None),
)
#: Two resets at once owe one note.
_OWE = {
    "sqlite": sqlite.insert(memory_notes).from_select(_COLUMNS, _CONVERSATION).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(memory_notes).from_select(_COLUMNS, _CONVERSATION).on_conflict_do_nothing(),
}
_OWED = select(memory_notes).order_by(memory_notes.c.id).limit(bindparam("p_limit"))
_ONE = select(memory_notes).where(memory_notes.c.id == bindparam("p_id"))
_SETTLE = delete(memory_notes).where(memory_notes.c.id.in_(bindparam("p_ids", expanding=True)))

#: Entries that are looked through for words: tools say much in between.
_WINDOW = 400
_SAID = (
    select(transcript.c.role, transcript.c.blocks)
    .join(memory_notes, memory_notes.c.session_id == transcript.c.session_id)
    .where(
        memory_notes.c.id == bindparam("p_id"),
        transcript.c.session_uuid == memory_notes.c.session_uuid,
        transcript.c.role.in_(("user", "assistant")),
    )
    .order_by(transcript.c.seq.desc())
    .limit(_WINDOW)
)


class SqlSessionNotes:
    """Implements ``SessionNoteStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def owed(self, limit: int) -> list[OwedNote]:
        """The longest owed first."""
        with self._database.read() as connection:
            return [_note(row) for row in connection.execute(_OWED, {"p_limit": limit})]

    def owed_note(self, note_id: int) -> OwedNote | None:
        """``None`` for one that is written."""
        with self._database.read() as connection:
            row = connection.execute(_ONE, {"p_id": note_id}).one_or_none()
        return None if row is None else _note(row)

    def last_said(self, note: OwedNote, limit: int) -> list[Said]:
        """The conversation's last words of persons and assistants, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(_SAID, {"p_id": note.id}).all()
        said = (Said(row.role, Message(row.role, blocks_from_json(row.blocks)).text) for row in rows)
        return [one for one in said if one.text.strip()][:limit][::-1]

    def settle(self, note_ids: Sequence[int]) -> None:
        """The notes are written, or will not be."""
        with self._database.write() as connection:
            connection.execute(_SETTLE, {"p_ids": list(note_ids)})


def owe_note(connection: Connection, session_key: str, now_ms: int) -> None:
    """Owe a note of the session's conversation, if anything was said; within the transaction that ends it."""
    connection.execute(_OWE[connection.dialect.name], {"p_key": session_key, "p_now": now_ms})


def _note(row: AnyRow) -> OwedNote:
    return OwedNote(row.id, row.agent_id, EndedConversation(row.session_key, row.session_uuid, row.ended_at_ms))

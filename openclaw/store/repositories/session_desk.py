"""Making, filing and deleting sessions, under the session's row lock."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from openclaw.domain.transcript import assistant_text
from openclaw.errors import InvalidRequest, NotFound, Unavailable
from openclaw.ports.store import Expected, NewSession, SessionChanges, SessionView, TranscriptEntry
from openclaw.store.database import Database
from openclaw.store.models import inbound, sessions, transcript
from openclaw.store.repositories.purge import purge_sessions
from openclaw.store.repositories.session_lock import locking
from openclaw.store.repositories.sessions import read_entry, read_session
from openclaw.store.repositories.turn_messages import transcript_row
from openclaw.store.repositories.upsert import DialectInsert
from openclaw.store.rows import AnyRow

#: What an entry that no model wrote says of its origin.
INJECTED = {"provider": "openclaw", "model": "gateway-injected", "stopReason": "stop"}

_NEW = DialectInsert(sessions, lambda statement: statement.on_conflict_do_nothing().returning(sessions.c.id))

_LOCK = locking(
    sessions.c.id,
    sessions.c.session_uuid,
    sessions.c.settings,
    sessions.c.active_run_id,
    sessions.c.archived,
    sessions.c.updated_at_ms,
)
_ONE_SESSION = update(sessions).where(sessions.c.id == bindparam("p_session"))
_OPEN = select(func.count()).where(inbound.c.session_id == bindparam("p_session"), inbound.c.open)
_DELETE = _ONE_SESSION.values(
    session_key=bindparam("p_key"),
    label="",
    display_name="",
    parent_key="",
    archived=True,
    system_events=0,
    deleted_at_ms=bindparam("p_now"),
)
_NEXT_SEQ = _ONE_SESSION.values(last_seq=sessions.c.last_seq + 1, updated_at_ms=bindparam("p_now")).returning(
    sessions.c.last_seq
)
_NEW_ENTRY = insert(transcript).inline()


class SqlSessionDesk:
    """Implements ``SessionDesk``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, new: NewSession, now_ms: int) -> tuple[SessionView, bool]:
        """The session under that key, and whether it is new. Raises InvalidRequest for a label of another one."""
        with self._database.write() as connection:
            made = connection.execute(_NEW.on(connection), _row(new, now_ms)).one_or_none()
            view = read_session(connection, new.session_key)
        if view is None:
            raise _label_taken(new.label)
        return view, made is not None

    def change(self, session_key: str, changes: SessionChanges, expected: Expected, now_ms: int) -> SessionView:
        """The session as changed. Raises NotFound, or InvalidRequest for a label of another one."""
        try:
            with self._database.write() as connection:
                session = _locked(connection, session_key, expected)
                if session is None:
                    raise NotFound(f"session not found: {session_key}")
                values = _changed(session, changes)
                if values:
                    values["updated_at_ms"] = now_ms
                    connection.execute(_ONE_SESSION.values(**values), {"p_session": session.id})
                view = read_session(connection, session_key)
        except IntegrityError as error:
            raise _label_taken(changes.label or "") from error
        if view is None:
            raise NotFound(f"session not found: {session_key}")
        return view

    def delete(self, session_key: str, expected: Expected, now_ms: int) -> bool:
        """Take a session out of sight at once; its rows go later. False for an unknown key.

        Raises Unavailable while messages of it wait or run.
        """
        with self._database.write() as connection:
            session = _locked(connection, session_key, expected)
            if session is None:
                return False
            if session.active_run_id or connection.execute(_OPEN, {"p_session": session.id}).scalar_one():
                raise Unavailable(f"session {session_key} is still active; try again in a moment")
            # A key with a space is one that nobody can name.
            hidden = f"deleted {session.id}"
            connection.execute(_DELETE, {"p_session": session.id, "p_key": hidden, "p_now": now_ms})
        return True

    def say(self, session_key: str, text: str, now_ms: int) -> TranscriptEntry:
        """Append an assistant's entry that no model wrote. Raises NotFound, and Unavailable while a turn runs."""
        with self._database.write() as connection:
            session = _locked(connection, session_key, Expected())
            if session is None:
                raise NotFound(f"session not found: {session_key}")
            if session.active_run_id:
                # Between a call of a tool and its result nothing may stand.
                raise Unavailable(f"session {session_key} has a turn going on; try again when it is over")
            seq = connection.execute(_NEXT_SEQ, {"p_session": session.id, "p_now": now_ms}).scalar_one()
            message = assistant_text(text)
            row = transcript_row(session.id, session.session_uuid, "", seq, message, INJECTED, now_ms)
            connection.execute(_NEW_ENTRY, row)
            return read_entry(connection, session.id, seq)

    def purge(self, limit: int) -> int:
        """Remove rows of deleted sessions, about ``limit`` messages' worth; how many messages went."""
        return purge_sessions(self._database, limit)


def _row(new: NewSession, now_ms: int) -> dict[str, Any]:
    return {
        "session_key": new.session_key,
        "session_uuid": str(uuid.uuid4()),
        "agent_id": new.agent_id,
        "lane_class": new.lane_class,
        "queue": new.queue,
        "kind": new.kind,
        "channel": new.channel,
        "display_name": new.display_name,
        "label": new.label,
        "parent_key": new.parent_key,
        "settings": dict(new.settings),
        "created_at_ms": now_ms,
        "updated_at_ms": now_ms,
    }


def _locked(connection: Connection, session_key: str, expected: Expected) -> AnyRow | None:
    session = connection.execute(_LOCK, {"p_key": session_key}).one_or_none()
    if session is not None:
        expected.check(session_key, session.session_uuid, session.updated_at_ms, session.archived)
    return session


def _changed(session: AnyRow, changes: SessionChanges) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: value
        for name, value in (("label", changes.label), ("archived", changes.archived), ("pinned", changes.pinned))
        if value is not None
    }
    if changes.settings:
        merged = {**session.settings, **changes.settings}
        values["settings"] = {name: value for name, value in merged.items() if value is not None}
    return values


def _label_taken(label: str) -> InvalidRequest:
    return InvalidRequest(f"label already in use: {label}")

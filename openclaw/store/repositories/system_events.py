"""System events: posted under the session's row lock, taken by the claim of its next turn.

The counter on the session row rises with every post and falls to 0 when a turn takes them, in the same transactions:
a claim that finds it at 0 has nothing to ask.
"""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from openclaw.domain.system_events import MAX_QUEUED, NewSystemEvent, SystemEvent, bounded_text
from openclaw.ports.system_events import OwedWake
from openclaw.store.database import Database
from openclaw.store.models import sessions, system_events
from openclaw.store.repositories.identity import bounded_key
from openclaw.store.repositories.upsert import DialectInsert, insert_new
from openclaw.store.rows import AnyRow

_SESSION_COLUMNS = (sessions.c.id, sessions.c.system_events)

_COUNT_IN = (
    update(sessions)
    .where(sessions.c.session_key == bindparam("p_key"))
    .values(system_events=sessions.c.system_events + 1)
    .returning(*_SESSION_COLUMNS)
)
_COUNT_OUT = (
    update(sessions).where(sessions.c.id == bindparam("p_session")).values(system_events=sessions.c.system_events - 1)
)
_NEW_SESSION = DialectInsert(sessions, lambda insert: insert.on_conflict_do_nothing().returning(*_SESSION_COLUMNS))
_NEW_EVENT = insert_new(system_events)

_unheard = (system_events.c.session_id == bindparam("p_session"), system_events.c.run_id.is_(None))

_GIVE_WAY = (
    update(system_events)
    .where(
        *_unheard,
        system_events.c.id
        <= select(system_events.c.id)
        .where(*_unheard)
        .order_by(system_events.c.id.desc())
        .offset(MAX_QUEUED)
        .limit(1)
        .scalar_subquery(),
    )
    .values(run_id="", wake=False)
)

_TAKE = (
    update(system_events)
    .where(*_unheard)
    .values(run_id=bindparam("p_run"), wake=False)
    .returning(
        system_events.c.id,
        system_events.c.text,
        system_events.c.source,
        system_events.c.untrusted,
        system_events.c.created_at_ms,
    )
)

_QUEUED = (
    select(
        system_events.c.id,
        system_events.c.text,
        system_events.c.source,
        system_events.c.untrusted,
        system_events.c.created_at_ms,
    )
    .where(
        system_events.c.session_id
        == select(sessions.c.id).where(sessions.c.session_key == bindparam("p_key")).scalar_subquery(),
        system_events.c.run_id.is_(None),
    )
    .order_by(system_events.c.id.desc())
    .limit(bindparam("p_limit"))
)

_OWED = (
    select(sessions.c.id, sessions.c.session_key, func.max(system_events.c.id).label("event_id"))
    .join(sessions, sessions.c.id == system_events.c.session_id)
    .where(system_events.c.wake)
    .group_by(sessions.c.id, sessions.c.session_key)
    .order_by(func.max(system_events.c.id))
    .limit(bindparam("p_limit"))
)
_OWED_BY = _OWED.where(sessions.c.session_key == bindparam("p_key"))
_ASKED = (
    update(system_events)
    .where(
        system_events.c.session_id == bindparam("p_session"),
        system_events.c.wake,
        system_events.c.id <= bindparam("p_event"),
    )
    .values(wake=False)
)


class SqlSystemEventStore:
    """Implements ``SystemEventStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def post(self, event: NewSystemEvent, now_ms: int) -> bool:
        """Queue an event for its session's next turn; false when its key was posted before."""
        with self._database.write() as connection:
            return post_event(connection, event, now_ms)

    def queued(self, session_key: str, limit: int) -> list[SystemEvent]:
        """The newest events that no turn has heard, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(_QUEUED, {"p_key": session_key, "p_limit": limit}).all()
        return [_event(row) for row in reversed(rows)]

    def owed_wakes(self, limit: int, session_key: str | None = None) -> list[OwedWake]:
        """Sessions that are owed a turn, the longest waiting first, or this one if it is."""
        statement = _OWED if session_key is None else _OWED_BY
        with self._database.read() as connection:
            rows = connection.execute(statement, {"p_limit": limit, "p_key": session_key})
            return [OwedWake(*row) for row in rows]

    def wake_asked(self, wake: OwedWake) -> None:
        """Note that the turn has been asked for."""
        with self._database.write() as connection:
            connection.execute(_ASKED, {"p_session": wake.session_id, "p_event": wake.event_id})


def post_event(connection: Connection, event: NewSystemEvent, now_ms: int) -> bool:
    """See ``SystemEventStore.post``; within the caller's transaction."""
    session = connection.execute(_COUNT_IN, {"p_key": event.session_key}).one_or_none()
    if session is None:
        session = connection.execute(_NEW_SESSION.on(connection), _session_row(event, now_ms)).one_or_none()
    if session is None:  # made by somebody else in between
        session = connection.execute(_COUNT_IN, {"p_key": event.session_key}).one()
    values = {
        "session_id": session.id,
        "text": bounded_text(event.text),
        "source": event.source,
        "untrusted": event.untrusted,
        "key": bounded_key(event.key),
        "created_at_ms": now_ms,
        "run_id": None,
        "wake": event.wake,
    }
    if connection.execute(_NEW_EVENT.on(connection), values).one_or_none() is None:
        connection.execute(_COUNT_OUT, {"p_session": session.id})
        return False
    if session.system_events > MAX_QUEUED:
        connection.execute(_GIVE_WAY, {"p_session": session.id})
    return True


def take_events(connection: Connection, session_id: int, run_id: str) -> list[SystemEvent]:
    """The events that this run hears, oldest first. The caller holds the session's lock and sets its counter to 0."""
    rows = connection.execute(_TAKE, {"p_session": session_id, "p_run": run_id}).all()
    return [_event(row) for row in sorted(rows, key=lambda row: row.id)]


def _session_row(event: NewSystemEvent, now_ms: int) -> dict[str, Any]:
    return {
        "session_key": event.session_key,
        "session_uuid": str(uuid.uuid4()),
        "agent_id": event.agent_id,
        "lane_class": event.lane_class,
        # Until its first message says otherwise.
        "queue": f"agent.{event.lane_class}",
        "kind": "direct",
        "channel": "client",
        "display_name": "",
        "system_events": 1,
        "created_at_ms": now_ms,
        "updated_at_ms": now_ms,
    }


def _event(row: AnyRow) -> SystemEvent:
    return SystemEvent(row.text, row.source, row.untrusted, row.created_at_ms)

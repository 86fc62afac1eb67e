"""Removing what deleted sessions have left, a few hundred messages per transaction.

A session goes from its oldest message to its newest, each with the turn that it became part of; then what else was
said, then the session itself. A part that still leaves for a channel holds it up until it has left.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, func, select

from openclaw.store.database import Database
from openclaw.store.models import attempts, inbound, outbox, runs, sessions, steps, system_events, transcript, waits

#: Messages, or entries of a transcript, that one transaction removes.
CHUNK = 200
#: Sessions that one call looks at.
_SESSIONS_AT_ONCE = 50

_DELETED = (
    select(sessions.c.id).where(sessions.c.deleted_at_ms.is_not(None)).order_by(sessions.c.id).limit(_SESSIONS_AT_ONCE)
)
_OLDEST = (
    select(inbound.c.ordinal, inbound.c.turn_run_id)
    .where(inbound.c.session_id == bindparam("p_session"))
    .order_by(inbound.c.ordinal)
    .limit(CHUNK)
)
_LEAVING = select(func.count()).where(
    outbox.c.run_id.in_(bindparam("p_runs", expanding=True)), outbox.c.ended_at_ms.is_(None)
)
_OF_RUNS = tuple(
    delete(table).where(table.c.run_id.in_(bindparam("p_runs", expanding=True)))
    for table in (outbox, waits, steps, attempts, runs)
)
_MESSAGES = delete(inbound).where(
    inbound.c.session_id == bindparam("p_session"), inbound.c.ordinal <= bindparam("p_to")
)
_FIRST_SEQ = select(func.min(transcript.c.seq)).where(transcript.c.session_id == bindparam("p_session"))
_ENTRIES = delete(transcript).where(
    transcript.c.session_id == bindparam("p_session"), transcript.c.seq <= bindparam("p_to")
)
_EVENTS = delete(system_events).where(system_events.c.session_id == bindparam("p_session"))
_SESSION = delete(sessions).where(sessions.c.id == bindparam("p_session"))


def purge_sessions(database: Database, limit: int) -> int:
    """See ``SessionDesk.purge``."""
    with database.read() as connection:
        found = list(connection.execute(_DELETED).scalars())
    removed = 0
    for session_id in found:
        while removed < limit:
            with database.write() as connection:
                went = _purge_chunk(connection, session_id)
            removed += went
            if not went:
                break
    return removed


def _purge_chunk(connection: Connection, session_id: int) -> int:
    """How many messages or entries went; 0 when the session is gone or has to wait."""
    session = {"p_session": session_id}
    messages = connection.execute(_OLDEST, session).all()
    if messages:
        turns = {"p_runs": sorted({row.turn_run_id for row in messages if row.turn_run_id})}
        if connection.execute(_LEAVING, turns).scalar_one():
            return 0
        for statement in _OF_RUNS:
            connection.execute(statement, turns)
        connection.execute(_MESSAGES, {**session, "p_to": messages[-1].ordinal})
        return len(messages)
    first = connection.execute(_FIRST_SEQ, session).scalar_one()
    if first is not None:
        return int(connection.execute(_ENTRIES, {**session, "p_to": first + CHUNK - 1}).rowcount)
    connection.execute(_EVENTS, session)
    connection.execute(_SESSION, session)
    return 0

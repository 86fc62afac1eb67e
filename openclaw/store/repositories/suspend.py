"""Parking a run that waits for a person, a child or a timer, and waking it.

An answer can come at any moment: before the wait is stored, while it is being stored, or later. Both sides write the
wait's one row, so whichever comes second sees the first.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, case, select, update

from openclaw.domain.run import RunStatus
from openclaw.ports.lanes import LaneWork, Outlook
from openclaw.ports.store import Claim, RunChanges, Wait
from openclaw.store.models import attempts, runs, sessions, waits
from openclaw.store.repositories.commit import lock_session, note_progress, stale, write_changes
from openclaw.store.repositories.open_messages import read_open
from openclaw.store.repositories.upsert import DialectInsert

_PUT_WAIT = DialectInsert(
    waits,
    # An early answer has made the row already; it keeps the answer. One that was cancelled is open again.
    lambda insert: insert.on_conflict_do_update(
        index_elements=[waits.c.id],
        set_={
            **{
                name: insert.excluded[name]
                for name in ("run_id", "session_id", "kind", "call_id", "payload", "due_at_ms")
            },
            "answered_at_ms": case((waits.c.answer.is_(None), None), else_=waits.c.answered_at_ms),
        },
    ).returning(waits.c.answered_at_ms),
)

_PUT_ANSWER = DialectInsert(
    waits,
    lambda insert: insert.on_conflict_do_update(
        index_elements=[waits.c.id],
        set_={"answer": insert.excluded.answer, "answered_at_ms": insert.excluded.answered_at_ms},
        where=waits.c.answered_at_ms.is_(None),
    ).returning(waits.c.session_id),
)

_SET_WAIT = (
    update(runs)
    .where(runs.c.run_id == bindparam("p_run"))
    .values(status=bindparam("p_status"), wait_id=bindparam("p_wait"))
)
_END_ATTEMPT = (
    update(attempts)
    .where(attempts.c.run_id == bindparam("p_run"), attempts.c.fence == bindparam("p_fence"))
    .values(ended_at_ms=bindparam("p_now"), outcome=RunStatus.SUSPENDED.value)
)

_LANE = select(sessions.c.id, sessions.c.last_ordinal, sessions.c.lane_class, sessions.c.queue).where(
    sessions.c.id == bindparam("p_session")
)


def suspend(connection: Connection, claim: Claim, changes: RunChanges, wait: Wait, now_ms: int) -> Outlook | None:
    """See ``RunStore.suspend``."""
    session = lock_session(connection, claim, changes)
    if session is None:
        raise stale(claim)
    run = note_progress(connection, claim, changes, now_ms)
    write_changes(connection, claim, changes, session.last_seq, now_ms)
    messages = read_open(connection, claim.session_id)
    if run.abort_reason or messages.steers(run.sender_key):
        return None
    answered = _answered(connection, claim, wait, now_ms)
    status = RunStatus.RUNNING if answered else RunStatus.SUSPENDED
    # Also when it is answered: should this worker die now, the next attempt finds the answer.
    connection.execute(_SET_WAIT, {"p_run": claim.run_id, "p_wait": wait.id, "p_status": status.value})
    if answered:
        return None
    connection.execute(_END_ATTEMPT, {"p_run": claim.run_id, "p_fence": claim.fence, "p_now": now_ms})
    return messages.outlook(session.last_ordinal, now_ms)


def _answered(connection: Connection, claim: Claim, wait: Wait, now_ms: int) -> bool:
    values: dict[str, Any] = {
        "id": wait.id,
        "run_id": claim.run_id,
        "session_id": claim.session_id,
        "kind": wait.kind,
        "call_id": wait.call_id,
        "payload": wait.payload,
        "due_at_ms": wait.due_at_ms,
        "answer": None,
        "created_at_ms": now_ms,
        "answered_at_ms": None,
    }
    return connection.execute(_PUT_WAIT.on(connection), values).scalar_one() is not None


def answer(connection: Connection, wait_id: str, answer: dict[str, Any], now_ms: int) -> LaneWork | None:
    """See ``ControlStore.answer_wait``."""
    values: dict[str, Any] = {
        "id": wait_id,
        "run_id": None,
        "session_id": None,
        "kind": "",
        "call_id": "",
        "payload": {},
        "due_at_ms": 0,
        "answer": answer,
        "created_at_ms": now_ms,
        "answered_at_ms": now_ms,
    }
    row = connection.execute(_PUT_ANSWER.on(connection), values).one_or_none()
    if row is None or row.session_id is None:  # answered before, or before the run waits for it
        return None
    lane = connection.execute(_LANE, {"p_session": row.session_id}).one()
    return LaneWork(lane.id, lane.last_ordinal, lane.lane_class, lane.queue, wake=True)

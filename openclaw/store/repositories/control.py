"""Acting on what is queued or running from outside: abort, answer, reset, look."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, case, func, or_, select, update

from openclaw.domain.run import Disposition, RunStatus
from openclaw.ports.lanes import LaneWork
from openclaw.ports.store import Aborted, RunningTurn, RunView
from openclaw.store.database import Database
from openclaw.store.models import inbound, runs, sessions
from openclaw.store.repositories.abort_mark import abort_queued, mark_abort
from openclaw.store.repositories.new_conversation import begin_conversation
from openclaw.store.repositories.session_lock import locking
from openclaw.store.repositories.suspend import answer as put_answer
from openclaw.store.rows import AnyRow, usage_of

_LOCK = locking(
    sessions.c.id,
    sessions.c.active_run_id,
    sessions.c.last_ordinal,
    sessions.c.lane_class,
    sessions.c.queue,
)

_IN_ACTIVE_TURN = select(func.count()).where(
    inbound.c.session_id == bindparam("p_session"),
    inbound.c.run_id == bindparam("p_run"),
    inbound.c.turn_run_id == bindparam("p_active"),
    or_(inbound.c.open, inbound.c.disposition == Disposition.STEERED.value),
)

_ABORT_TURN = (
    update(runs)
    .where(
        runs.c.run_id == bindparam("p_run"),
        runs.c.fence == bindparam("p_fence"),
        runs.c.status == RunStatus.RUNNING.value,
        runs.c.abort_reason == "",
    )
    .values(abort_reason=bindparam("p_reason"))
)

#: A message that was dropped into a summary names the turn that heard of it, but did not become part of it; one that
#: was overheard too.
_heard_of = inbound.c.disposition.in_((Disposition.DROPPED.value, Disposition.OVERHEARD.value))
_turn_of = case((_heard_of, None), else_=inbound.c.turn_run_id)

#: Promised runs, each with the turn that its message became part of.
VIEWS = (
    select(
        inbound.c.run_id.label("promised"),
        inbound.c.session_id,
        inbound.c.disposition,
        inbound.c.reason,
        inbound.c.ended_at_ms.label("message_ended_at_ms"),
        sessions.c.session_key,
        sessions.c.agent_id,
        runs.c.run_id,
        runs.c.status,
        runs.c.stop_reason,
        runs.c.reply_text,
        runs.c.error,
        runs.c.error_kind,
        runs.c.provider,
        runs.c.model,
        runs.c.input_tokens,
        runs.c.output_tokens,
        runs.c.cache_read_tokens,
        runs.c.cache_write_tokens,
        runs.c.cost_microusd,
        runs.c.started_at_ms,
        runs.c.ended_at_ms,
    )
    .join(sessions, sessions.c.id == inbound.c.session_id)
    .outerjoin(runs, runs.c.run_id == _turn_of)
)
_VIEW = VIEWS.where(inbound.c.run_id == bindparam("p_run"))

#: How far back in each session ends are looked for; bounds the work in sessions with a long history.
_RECENT_ORDINALS = 50
_ENDED_SINCE = (
    VIEWS.where(
        sessions.c.updated_at_ms >= bindparam("p_since"),
        inbound.c.ordinal > sessions.c.last_ordinal - _RECENT_ORDINALS,
        runs.c.ended_at_ms >= bindparam("p_since"),
    )
    .order_by(runs.c.ended_at_ms.desc(), inbound.c.ordinal.desc())
    .limit(bindparam("p_limit"))
)

#: How a message that never had a turn looks to who was promised a run.
_WITHOUT_TURN = {
    Disposition.DROPPED: RunStatus.ABORTED,
    Disposition.ABORTED: RunStatus.ABORTED,
    Disposition.REJECTED: RunStatus.FAILED,
    Disposition.OVERHEARD: RunStatus.SUCCEEDED,
}


class SqlControlStore:
    """Implements ``ControlStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def abort(self, session_key: str, run_id: str | None, reason: str, now_ms: int) -> Aborted:
        """Abort one promised run, or everything of the session when ``run_id`` is None."""
        with self._database.write() as connection:
            session = connection.execute(_LOCK, {"p_key": session_key}).one_or_none()
            if session is None:
                return Aborted()
            queued = abort_queued(connection, session.id, run_id, reason, now_ms)
            if not _reaches_turn(connection, session, run_id):
                return Aborted(session_id=session.id, queued_run_ids=queued)
            marked = mark_abort(connection, session.active_run_id, reason)
            if marked is None:
                return Aborted(session_id=session.id, queued_run_ids=queued)
            return Aborted(
                session_id=session.id,
                running=(RunningTurn(session.active_run_id, session.id, marked.fence),),
                queued_run_ids=queued,
                wake=LaneWork(session.id, session.last_ordinal, session.lane_class, session.queue, wake=True)
                if marked.suspended
                else None,
            )

    def abort_turn(self, turn: RunningTurn, reason: str, now_ms: int) -> None:  # noqa: ARG002  (the port's)
        """Mark a running turn as aborted, if it still runs under that fence and nobody did before."""
        with self._database.write() as connection:
            connection.execute(_ABORT_TURN, {"p_run": turn.run_id, "p_fence": turn.fence, "p_reason": reason})

    def answer_wait(self, wait_id: str, answer: dict[str, Any], now_ms: int) -> LaneWork | None:
        """Record the first answer; the lane to resume, or ``None`` when it was answered before.

        An answer that comes before its run waits is kept for it, with ``None`` too.
        """
        with self._database.write() as connection:
            return put_answer(connection, wait_id, answer, now_ms)

    def reset_session(self, session_key: str, now_ms: int) -> str | None:
        """Start a new conversation under the same key; the new session uuid, ``None`` for an unknown key.

        The conversation that ends owes a note to the agent's memory.
        """
        with self._database.write() as connection:
            return begin_conversation(connection, session_key, now_ms)

    def run_view(self, run_id: str) -> RunView | None:
        """A promised run as it stands, following its message into the turn that it became part of."""
        with self._database.read() as connection:
            row = connection.execute(_VIEW, {"p_run": run_id}).one_or_none()
        return None if row is None else view_of(row)

    def turns_ended_since(self, since_ms: int, limit: int) -> list[RunView]:
        """The newest promised runs whose turns ended at ``since_ms`` or later, the earliest first."""
        with self._database.read() as connection:
            rows = connection.execute(_ENDED_SINCE, {"p_since": since_ms, "p_limit": limit}).all()
        return [view_of(row) for row in reversed(rows)]


def _reaches_turn(connection: Connection, session: AnyRow, run_id: str | None) -> bool:
    if not session.active_run_id:
        return False
    if run_id is None or run_id == session.active_run_id:
        return True
    parameters = {"p_session": session.id, "p_run": run_id, "p_active": session.active_run_id}
    return bool(connection.execute(_IN_ACTIVE_TURN, parameters).scalar_one())


def view_of(row: AnyRow) -> RunView:
    """A promised run from a row of ``VIEWS``."""
    disposition = None if row.disposition is None else Disposition(row.disposition)
    return _view_without_turn(row, disposition) if row.run_id is None else _view_of_turn(row, disposition)


def _view_without_turn(row: AnyRow, disposition: Disposition | None) -> RunView:
    ended = disposition is not None
    return RunView(
        run_id=row.promised,
        turn_run_id=row.promised,
        session_id=row.session_id,
        session_key=row.session_key,
        agent_id=row.agent_id,
        status=_WITHOUT_TURN[disposition] if disposition is not None else RunStatus.QUEUED,
        disposition=disposition,
        stop_reason=row.reason,
        error=f"the message was {disposition.value}: {row.reason}" if disposition is not None else "",
        error_kind=disposition.value if disposition is not None else "",
        ended_at_ms=row.message_ended_at_ms if ended else 0,
    )


def _view_of_turn(row: AnyRow, disposition: Disposition | None) -> RunView:
    return RunView(
        run_id=row.promised,
        turn_run_id=row.run_id,
        session_id=row.session_id,
        session_key=row.session_key,
        agent_id=row.agent_id,
        status=RunStatus(row.status),
        disposition=disposition,
        stop_reason=row.stop_reason,
        text=row.reply_text,
        error=row.error,
        error_kind=row.error_kind,
        provider=row.provider,
        model=row.model,
        usage=usage_of(row),
        started_at_ms=row.started_at_ms,
        ended_at_ms=row.ended_at_ms or 0,
    )

"""Ending what a session does and has queued. Callers hold its row lock.

An open run is only marked: the first reason counts, and its holder reads it at the next commit.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, case, update

from openclaw.domain.run import Disposition, RunStatus
from openclaw.store.models import inbound, runs

_MARK = (
    update(runs)
    .where(runs.c.run_id == bindparam("p_run"), runs.c.ended_at_ms.is_(None))
    .values(abort_reason=case((runs.c.abort_reason == "", bindparam("p_reason")), else_=runs.c.abort_reason))
    .returning(runs.c.fence, runs.c.status)
)
_ABORT_QUEUED = (
    update(inbound)
    .where(inbound.c.session_id == bindparam("p_session"), inbound.c.open, inbound.c.turn_run_id.is_(None))
    .values(
        open=False,
        disposition=Disposition.ABORTED.value,
        reason=bindparam("p_reason"),
        ended_at_ms=bindparam("p_now"),
    )
    .returning(inbound.c.ordinal, inbound.c.run_id)
)
_ABORT_ONE = _ABORT_QUEUED.where(inbound.c.run_id == bindparam("p_run"))


@dataclass(frozen=True, slots=True)
class MarkedRun:
    """An open run that is to end."""

    fence: int
    suspended: bool


def mark_abort(connection: Connection, run_id: str, reason: str) -> MarkedRun | None:
    """Mark the run unless it is over."""
    row = connection.execute(_MARK, {"p_run": run_id, "p_reason": reason}).one_or_none()
    return None if row is None else MarkedRun(row.fence, row.status == RunStatus.SUSPENDED.value)


def abort_queued(
    connection: Connection, session_id: int, run_id: str | None, reason: str, now_ms: int
) -> tuple[str, ...]:
    """End what waits and belongs to no turn yet, or the one message of that run; their run ids in order."""
    parameters = {"p_session": session_id, "p_reason": reason, "p_now": now_ms}
    if run_id is None:
        rows = connection.execute(_ABORT_QUEUED, parameters).all()
    else:
        rows = connection.execute(_ABORT_ONE, {**parameters, "p_run": run_id}).all()
    return tuple(row.run_id for row in sorted(rows, key=lambda row: row.ordinal))

"""Marking an open run as aborted. The first reason counts; its holder reads it at the next commit."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, case, update

from openclaw.domain.run import RunStatus
from openclaw.store.models import runs

_MARK = (
    update(runs)
    .where(runs.c.run_id == bindparam("p_run"), runs.c.ended_at_ms.is_(None))
    .values(abort_reason=case((runs.c.abort_reason == "", bindparam("p_reason")), else_=runs.c.abort_reason))
    .returning(runs.c.fence, runs.c.status)
)


@dataclass(frozen=True, slots=True)
class MarkedRun:
    """An open run that is to end."""

    fence: int
    suspended: bool


def mark_abort(connection: Connection, run_id: str, reason: str) -> MarkedRun | None:
    """Mark the run unless it is over; callers hold its session's row lock."""
    row = connection.execute(_MARK, {"p_run": run_id, "p_reason": reason}).one_or_none()
    return None if row is None else MarkedRun(row.fence, row.status == RunStatus.SUSPENDED.value)

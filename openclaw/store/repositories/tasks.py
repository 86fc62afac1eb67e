"""Promised runs as tasks, newest first. Reads the messages by their own numbers, a bounded stretch of them a page."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select

from openclaw.domain.run import Disposition, RunStatus
from openclaw.ports.store import RunView, TaskFilter, TaskStatus, TaskView
from openclaw.store.database import Database
from openclaw.store.models import inbound, runs, sessions
from openclaw.store.repositories.control import VIEWS, view_of
from openclaw.store.rows import AnyRow

#: Messages that one page looks at.
STRETCH = 5_000
TITLE_CHARS = 120

_TASKS = VIEWS.add_columns(
    inbound.c.id,
    func.substr(inbound.c.text, 1, TITLE_CHARS).label("title"),
    inbound.c.accepted_at_ms,
    runs.c.abort_reason,
)
_PAGE = (
    _TASKS.where(
        inbound.c.id < bindparam("p_before"), inbound.c.id >= bindparam("p_from"), sessions.c.deleted_at_ms.is_(None)
    )
    .order_by(inbound.c.id.desc())
    .limit(bindparam("p_limit"))
)
_ONE = _TASKS.where(inbound.c.run_id == bindparam("p_run"))
_NEWEST = select(func.max(inbound.c.id))

#: Reasons of aborts that are a clock's.
TIMEOUTS = ("deadline", "no-progress")

_in_no_turn = runs.c.run_id.is_(None)
_aborted = runs.c.status == RunStatus.ABORTED.value
_timed_out = or_(runs.c.stop_reason.in_(TIMEOUTS), runs.c.abort_reason.in_(TIMEOUTS))
_CONDITIONS: dict[TaskStatus, ColumnElement[bool]] = {
    TaskStatus.QUEUED: and_(_in_no_turn, inbound.c.disposition.is_(None)),
    TaskStatus.RUNNING: runs.c.status.in_((RunStatus.RUNNING.value, RunStatus.SUSPENDED.value)),
    TaskStatus.COMPLETED: runs.c.status == RunStatus.SUCCEEDED.value,
    TaskStatus.FAILED: or_(
        runs.c.status.in_((RunStatus.FAILED.value, RunStatus.INTERRUPTED.value)),
        and_(_in_no_turn, inbound.c.disposition == Disposition.REJECTED.value),
    ),
    TaskStatus.CANCELLED: or_(
        and_(_aborted, ~_timed_out),
        and_(_in_no_turn, inbound.c.disposition.in_((Disposition.ABORTED.value, Disposition.DROPPED.value))),
    ),
    TaskStatus.TIMED_OUT: and_(_aborted, _timed_out),
}
_BY_RUN = {
    RunStatus.QUEUED: TaskStatus.QUEUED,
    RunStatus.RUNNING: TaskStatus.RUNNING,
    RunStatus.SUSPENDED: TaskStatus.RUNNING,
    RunStatus.SUCCEEDED: TaskStatus.COMPLETED,
    RunStatus.FAILED: TaskStatus.FAILED,
    RunStatus.INTERRUPTED: TaskStatus.FAILED,
    RunStatus.ABORTED: TaskStatus.CANCELLED,
}


class SqlTaskQueries:
    """Implements ``TaskQueries``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_tasks(self, wanted: TaskFilter, *, before: int | None, limit: int) -> tuple[list[TaskView], int | None]:
        """See the port."""
        with self._database.read() as connection:
            newest = connection.execute(_NEWEST).scalar_one() or 0
            top = newest + 1 if before is None else min(before, newest + 1)
            bottom = max(0, top - STRETCH)
            page = {"p_before": top, "p_from": bottom, "p_limit": limit}
            rows = connection.execute(_PAGE.where(*_conditions(wanted)), page).all()
        following = rows[-1].id if len(rows) == limit else bottom
        return [_task(row) for row in rows], following if following > 1 else None

    def task(self, run_id: str) -> TaskView | None:
        """One promised run."""
        with self._database.read() as connection:
            row = connection.execute(_ONE, {"p_run": run_id}).one_or_none()
        return None if row is None else _task(row)


def _conditions(wanted: TaskFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.agent_id is not None:
        found.append(sessions.c.agent_id == wanted.agent_id)
    if wanted.session_key is not None:
        found.append(sessions.c.session_key == wanted.session_key)
    if wanted.statuses:
        found.append(or_(*(_CONDITIONS[status] for status in sorted(wanted.statuses))))
    # What was not said to the assistant gave it nothing to do.
    found.append(func.coalesce(inbound.c.disposition, "") != Disposition.OVERHEARD.value)
    return found


def _task(row: AnyRow) -> TaskView:
    run = view_of(row)
    return TaskView(row.id, run, _status(run, row.abort_reason or ""), row.title, row.accepted_at_ms)


def _status(run: RunView, abort_reason: str) -> TaskStatus:
    if run.status is RunStatus.ABORTED and (run.stop_reason in TIMEOUTS or abort_reason in TIMEOUTS):
        return TaskStatus.TIMED_OUT
    return _BY_RUN[run.status]

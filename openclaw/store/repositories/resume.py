"""Taking up an open run: after its worker died, or because what it waited for has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.run import RunStatus, StepKind, StepStatus
from openclaw.domain.transcript import Message
from openclaw.ports.lanes import Outlook
from openclaw.ports.store import Claim, ContextMark, NoWork, StepRecord, Wait
from openclaw.store.models import attempts, runs, steps, waits
from openclaw.store.repositories.identity import OWNER, sender_of
from openclaw.store.repositories.open_messages import OpenMessages
from openclaw.store.rows import AnyRow, usage_of

_RUN = select(runs).where(runs.c.run_id == bindparam("p_run"))

_RETAKE = (
    update(runs)
    .where(runs.c.run_id == bindparam("p_run"))
    .values(
        status=RunStatus.RUNNING.value,
        fence=bindparam("p_fence"),
        attempts=bindparam("p_attempts"),
        barren_attempts=bindparam("p_barren"),
        progressed=False,
        active_since_ms=bindparam("p_since"),
        progress_at_ms=bindparam("p_now"),
    )
)

_LOSE_ATTEMPT = (
    update(attempts)
    .where(
        attempts.c.run_id == bindparam("p_run"),
        attempts.c.fence == bindparam("p_fence"),
        attempts.c.ended_at_ms.is_(None),
    )
    .values(ended_at_ms=bindparam("p_now"), outcome="lost")
)
_NEW_ATTEMPT = insert(attempts)

_STEPS = (
    select(
        steps.c.index,
        steps.c.kind,
        steps.c.status,
        steps.c.fence,
        steps.c.call_id,
        steps.c.name,
        steps.c.payload,
    )
    .where(steps.c.run_id == bindparam("p_run"))
    .order_by(steps.c.index)
)

WAIT_COLUMNS = (waits.c.id, waits.c.kind, waits.c.call_id, waits.c.payload, waits.c.due_at_ms, waits.c.answer)
_WAIT = select(*WAIT_COLUMNS, waits.c.answered_at_ms).where(waits.c.id == bindparam("p_wait"))
_CANCEL_WAIT = (
    update(waits)
    .where(waits.c.id == bindparam("p_wait"), waits.c.answered_at_ms.is_(None))
    .values(answered_at_ms=bindparam("p_now"))
)


def wait_from_row(row: AnyRow) -> Wait:
    """A stored wait; ``row`` begins with ``WAIT_COLUMNS``."""
    return Wait(
        id=row.id,
        kind=row.kind,
        call_id=row.call_id,
        payload=row.payload,
        due_at_ms=row.due_at_ms,
        answer=row.answer,
    )


@dataclass(frozen=True, slots=True)
class TakenUp:
    """A run that this fence goes on with, without its history."""

    row: AnyRow
    attempt: int
    barren_attempts: int
    steps: tuple[StepRecord, ...]
    merged_run_ids: tuple[str, ...]
    wait: Wait | None

    @property
    def session_uuid(self) -> str:
        return str(self.row.session_uuid)

    @property
    def queue_mode(self) -> str:
        return str(self.row.queue_mode)

    def as_claim(self, session: AnyRow, history: tuple[Message, ...], facts: dict[str, Any]) -> Claim:
        """The whole claim."""
        run = self.row
        return Claim(
            run_id=run.run_id,
            session_id=session.id,
            session_key=session.session_key,
            session_uuid=run.session_uuid,
            agent_id=session.agent_id,
            lane_class=run.lane_class,
            fence=session.fence,
            attempt=self.attempt,
            barren_attempts=self.barren_attempts,
            resumed=True,
            created_at_ms=run.created_at_ms,
            started_at_ms=run.started_at_ms,
            route=ReplyRoute.from_json(run.route),
            options=run.options,
            history=history,
            steps=self.steps,
            usage=usage_of(run),
            context=ContextMark(session.context_tokens, session.context_seq),
            auth_pin=session.auth_pin,
            merged_run_ids=self.merged_run_ids,
            preview_id=run.preview_id,
            abort_reason=run.abort_reason,
            wait=self.wait,
            session=facts,
            config_version=run.config_version,
            is_owner=run.sender_key == OWNER,
            sender=sender_of(run.sender_key),
        )


def resume(connection: Connection, session: AnyRow, messages: OpenMessages, host: str, now_ms: int) -> TakenUp | NoWork:
    """Take the open run up under the session's new fence; a run that still waits stays parked."""
    run = connection.execute(_RUN, {"p_run": session.active_run_id}).one()
    was_suspended = run.status == RunStatus.SUSPENDED.value
    wait = _wait(connection, run.wait_id)
    if was_suspended and not (
        run.abort_reason or wait is None or wait.answered_at_ms is not None or messages.steers(run.sender_key)
    ):
        return NoWork(Outlook(seen_ordinal=session.last_ordinal), parked=True)
    if wait is not None and wait.answered_at_ms is None:
        # Nobody may answer it any more: the run has gone on without.
        connection.execute(_CANCEL_WAIT, {"p_wait": run.wait_id, "p_now": now_ms})
    barren = run.barren_attempts if was_suspended else 0 if run.progressed else run.barren_attempts + 1
    attempt = run.attempts + 1
    connection.execute(
        _RETAKE,
        {
            "p_run": run.run_id,
            "p_fence": session.fence,
            "p_attempts": attempt,
            "p_barren": barren,
            "p_since": now_ms if was_suspended else run.active_since_ms,
            "p_now": now_ms,
        },
    )
    if not was_suspended:
        connection.execute(_LOSE_ATTEMPT, {"p_run": run.run_id, "p_fence": run.fence, "p_now": now_ms})
    connection.execute(
        _NEW_ATTEMPT,
        {"run_id": run.run_id, "fence": session.fence, "number": attempt, "host": host, "started_at_ms": now_ms},
    )
    return TakenUp(
        row=run,
        attempt=attempt,
        barren_attempts=barren,
        steps=_steps(connection, run.run_id),
        merged_run_ids=tuple(m.run_id for m in messages.own if m.run_id != run.run_id),
        wait=None if wait is None else wait_from_row(wait),
    )


def _wait(connection: Connection, wait_id: str | None) -> AnyRow | None:
    if wait_id is None:
        return None
    return connection.execute(_WAIT, {"p_wait": wait_id}).one_or_none()


def read_wait(connection: Connection, wait_id: str) -> Wait | None:
    """A wait as it stands."""
    row = _wait(connection, wait_id)
    return None if row is None else wait_from_row(row)


def _steps(connection: Connection, run_id: str) -> tuple[StepRecord, ...]:
    return tuple(
        StepRecord(index, StepKind(kind), StepStatus(status), *rest)
        for index, kind, status, *rest in connection.execute(_STEPS, {"p_run": run_id})
    )

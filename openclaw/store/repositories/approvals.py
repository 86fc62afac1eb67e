"""Requests for approval, and the programs that need none."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import fields

from sqlalchemy import Select, bindparam, delete, literal_column, select, update

from openclaw.domain.approvals import Approval, ApprovalState, ExecPattern
from openclaw.domain.exec_policy import Decision
from openclaw.store.database import Database
from openclaw.store.models import approvals, exec_patterns, waits
from openclaw.store.repositories.upsert import DialectInsert
from openclaw.store.rows import AnyRow

_PENDING = approvals.c.state == ApprovalState.PENDING.value
_REQUEST = DialectInsert(approvals, lambda insert: insert.on_conflict_do_nothing())
_ONE = select(approvals).where(approvals.c.id == bindparam("p_id"))
_NEWEST = select(approvals).order_by(approvals.c.created_at_ms.desc(), approvals.c.id).limit(bindparam("p_limit"))
_DECIDE = (
    update(approvals)
    .where(approvals.c.id == bindparam("p_id"), _PENDING, approvals.c.expires_at_ms > bindparam("p_now"))
    .values(
        state=bindparam("p_state"),
        decision=bindparam("p_decision"),
        decided_by=bindparam("p_by"),
        decided_at_ms=bindparam("p_now"),
    )
    .returning(*approvals.c)
)
_LATE = (
    select(approvals.c.id).where(_PENDING, approvals.c.expires_at_ms <= bindparam("p_now")).limit(bindparam("p_limit"))
)
_DESERTED = (
    select(approvals.c.id)
    .join(waits, waits.c.id == approvals.c.wait_id)
    .where(_PENDING, waits.c.answered_at_ms.is_not(None))
    .limit(bindparam("p_limit"))
)
#: From the open waits, which are few and have an index of these very words, to their approvals.
_UNANSWERED = (
    select(approvals)
    .join(waits, waits.c.id == approvals.c.wait_id)
    .where(
        approvals.c.state != ApprovalState.PENDING.value,
        waits.c.answered_at_ms.is_(None),
        waits.c.due_at_ms > literal_column("0"),
    )
    .limit(bindparam("p_limit"))
)
_ENDED = approvals.c.state != ApprovalState.PENDING.value
_OLD = (
    select(approvals.c.id).where(approvals.c.created_at_ms < bindparam("p_before"), _ENDED).limit(bindparam("p_limit"))
)
_FORGET = delete(approvals).where(approvals.c.id.in_(bindparam("p_ids", expanding=True)), _ENDED)

_PATTERNS = select(exec_patterns).order_by(exec_patterns.c.agent_id, exec_patterns.c.pattern)
_ADD = DialectInsert(exec_patterns, lambda insert: insert.on_conflict_do_nothing())
_REMOVE = delete(exec_patterns).where(exec_patterns.c.id == bindparam("p_id"))
_USED = (
    update(exec_patterns)
    .where(
        exec_patterns.c.agent_id == bindparam("p_agent"),
        exec_patterns.c.pattern.in_(bindparam("p_patterns", expanding=True)),
    )
    .values(last_used_at_ms=bindparam("p_now"), last_command=bindparam("p_command"))
)
#: Characters of a command that are kept beside its pattern.
_COMMAND_CHARS = 512


class SqlApprovalStore:
    """Implements ``ApprovalStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def request(self, approval: Approval) -> Approval:
        row = {field.name: getattr(approval, field.name) for field in fields(approval)}
        row |= {
            "env_names": list(approval.env_names),
            "programs": list(approval.programs),
            "state": approval.state.value,
            "decision": None,
            "decided_at_ms": None,
        }
        with self._database.write() as connection:
            connection.execute(_REQUEST.on(connection), row)
            return _approval(connection.execute(_ONE, {"p_id": approval.id}).one())

    def approval(self, approval_id: str) -> Approval | None:
        with self._database.read() as connection:
            row = connection.execute(_ONE, {"p_id": approval_id}).one_or_none()
        return None if row is None else _approval(row)

    def approvals(self, limit: int, *, pending_only: bool) -> list[Approval]:
        asked = _NEWEST.where(_PENDING) if pending_only else _NEWEST
        with self._database.read() as connection:
            return [_approval(row) for row in connection.execute(asked, {"p_limit": limit})]

    def decide(self, approval_id: str, decision: Decision, by: str, now_ms: int) -> Approval | None:
        state = ApprovalState.DENIED if decision is Decision.DENY else ApprovalState.ALLOWED
        values = {
            "p_id": approval_id,
            "p_state": state.value,
            "p_decision": decision.value,
            "p_by": by,
            "p_now": now_ms,
        }
        with self._database.write() as connection:
            row = connection.execute(_DECIDE, values).one_or_none()
        return None if row is None else _approval(row)

    def expire(self, now_ms: int, limit: int) -> list[Approval]:
        return self._end(_LATE, ApprovalState.EXPIRED, now_ms, limit)

    def withdraw(self, now_ms: int, limit: int) -> list[Approval]:
        return self._end(_DESERTED, ApprovalState.WITHDRAWN, now_ms, limit)

    def _end(self, which: Select[tuple[str]], state: ApprovalState, now_ms: int, limit: int) -> list[Approval]:
        with self._database.read() as connection:
            # Nearly always there is nothing, and then nothing is locked.
            found = list(connection.execute(which, {"p_now": now_ms, "p_limit": limit}).scalars())
        if not found:
            return []
        ending = (
            update(approvals)
            .where(approvals.c.id.in_(found), _PENDING)
            .values(state=state.value, decided_at_ms=now_ms)
            .returning(*approvals.c)
        )
        with self._database.write() as connection:
            return [_approval(row) for row in connection.execute(ending)]

    def unanswered(self, limit: int) -> list[Approval]:
        with self._database.read() as connection:
            return [_approval(row) for row in connection.execute(_UNANSWERED, {"p_limit": limit})]

    def forget(self, before_ms: int, limit: int) -> int:
        with self._database.read() as connection:
            # Nearly always there is nothing, and then nothing is locked.
            found = list(connection.execute(_OLD, {"p_before": before_ms, "p_limit": limit}).scalars())
        if not found:
            return 0
        with self._database.write() as connection:
            return connection.execute(_FORGET, {"p_ids": found}).rowcount

    def patterns(self, agent_id: str | None = None) -> list[ExecPattern]:
        asked = _PATTERNS if agent_id is None else _PATTERNS.where(exec_patterns.c.agent_id == agent_id)
        with self._database.read() as connection:
            return [ExecPattern(*row) for row in connection.execute(asked)]

    def add_patterns(self, agent_id: str, patterns: Sequence[str], now_ms: int) -> None:
        wanted = [ExecPattern(str(uuid.uuid4()), agent_id, pattern, now_ms) for pattern in patterns]
        with self._database.write() as connection:
            for each in wanted:
                connection.execute(_ADD.on(connection), _row(each))

    def replace_patterns(self, wanted: Sequence[ExecPattern], now_ms: int) -> None:
        with self._database.write() as connection:
            there = {(row.agent_id, row.pattern): row.id for row in connection.execute(_PATTERNS)}
            kept = {(each.agent_id, each.pattern) for each in wanted}
            for key, pattern_id in there.items():
                if key not in kept:
                    connection.execute(_REMOVE, {"p_id": pattern_id})
            for each in wanted:
                connection.execute(_ADD.on(connection), _row(each) | {"created_at_ms": now_ms})

    def remove_pattern(self, pattern_id: str) -> bool:
        with self._database.write() as connection:
            return bool(connection.execute(_REMOVE, {"p_id": pattern_id}).rowcount)

    def used(self, agent_id: str, patterns: Sequence[str], command: str, now_ms: int) -> None:
        values = {
            "p_agent": agent_id,
            "p_patterns": list(patterns),
            "p_now": now_ms,
            "p_command": command[:_COMMAND_CHARS],
        }
        with self._database.write() as connection:
            connection.execute(_USED, values)


def _row(pattern: ExecPattern) -> dict[str, object]:
    return {field.name: getattr(pattern, field.name) for field in fields(pattern)}


def _approval(row: AnyRow) -> Approval:
    return Approval(
        id=row.id,
        wait_id=row.wait_id,
        run_id=row.run_id,
        session_key=row.session_key,
        agent_id=row.agent_id,
        command=row.command,
        cwd=row.cwd,
        host=row.host,
        env_names=tuple(row.env_names),
        programs=tuple(row.programs),
        state=ApprovalState(row.state),
        decision=Decision(row.decision) if row.decision else None,
        decided_by=row.decided_by,
        created_at_ms=row.created_at_ms,
        expires_at_ms=row.expires_at_ms,
        decided_at_ms=row.decided_at_ms or 0,
        can_always=bool(row.can_always),
    )

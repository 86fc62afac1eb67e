"""Sub-agents. Whether one's work is over is read from its messages and runs, so no crash can leave it unsaid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, or_, select, update

from openclaw.domain.budgets import PAYER
from openclaw.domain.envelope import CLIENT_ROUTE, ReplyRoute
from openclaw.domain.run import RunStatus, Usage
from openclaw.domain.subagents import SubagentEnd
from openclaw.ports.subagents import Cleanup, Ended, NewSubagent, Subagent
from openclaw.store.database import Database
from openclaw.store.models import inbound, runs, sessions, subagents
from openclaw.store.repositories.identity import payer_of
from openclaw.store.repositories.upsert import DialectInsert
from openclaw.store.rows import AnyRow, usage_of

_UNSETTLED = subagents.c.settled_at_ms.is_(None)
_parent_run = runs.alias("parent_run")
_nested = subagents.alias("nested")
_parent = sessions.alias("parent")

_OPEN = DialectInsert(subagents, lambda insert: insert.on_conflict_do_nothing())
_KNOWN = select(subagents.c.run_id).where(subagents.c.run_id == bindparam("p_run"))
_AT_WORK = select(func.count()).where(subagents.c.parent_key == bindparam("p_parent"), _UNSETTLED)
_ONE = update(subagents).where(subagents.c.run_id == bindparam("p_run"), _UNSETTLED)
_SETTLE = _ONE.values(
    settled_at_ms=bindparam("p_now"), outcome=bindparam("p_outcome"), tidy_at_ms=bindparam("p_tidy_at")
)
_STOP = (
    update(subagents)
    .where(subagents.c.parent_key == bindparam("p_parent"), _UNSETTLED)
    .values(settled_at_ms=bindparam("p_now"), outcome="stopped")
    .returning(subagents.c.child_key)
)
_STOP_OF_RUN = _STOP.where(subagents.c.parent_run_id == bindparam("p_run"))

_child_run = func.coalesce(func.nullif(sessions.c.active_run_id, ""), sessions.c.last_run_id)
_OF_PARENT = (
    select(
        subagents.c.run_id,
        subagents.c.child_key,
        subagents.c.parent_key,
        subagents.c.title,
        subagents.c.created_at_ms,
        subagents.c.outcome,
        runs.c.status,
    )
    .outerjoin(sessions, sessions.c.session_key == subagents.c.child_key)
    .outerjoin(runs, runs.c.run_id == _child_run)
    .where(subagents.c.parent_key == bindparam("p_parent"))
    .order_by(subagents.c.created_at_ms.desc(), subagents.c.run_id)
    .limit(bindparam("p_limit"))
)

_waiting = exists().where(inbound.c.session_id == sessions.c.id, inbound.c.open)
_first = inbound.alias("first")
_ENDED = (
    select(
        subagents.c.run_id,
        subagents.c.child_key,
        subagents.c.parent_key,
        subagents.c.title,
        subagents.c.cleanup,
        subagents.c.created_at_ms,
        sessions.c.input_tokens,
        sessions.c.output_tokens,
        sessions.c.cache_read_tokens,
        sessions.c.cache_write_tokens,
        sessions.c.cost_microusd,
        runs.c.status,
        runs.c.reply_text,
        runs.c.error,
        runs.c.error_kind,
        runs.c.ended_at_ms,
        _parent_run.c.route,
        _parent_run.c.options,
        _parent_run.c.sender_key,
        _parent.c.id.label("parent_id"),
    )
    .outerjoin(_parent, _parent.c.session_key == subagents.c.parent_key)
    .outerjoin(_first, _first.c.run_id == subagents.c.run_id)
    .outerjoin(sessions, sessions.c.session_key == subagents.c.child_key)
    .outerjoin(runs, runs.c.run_id == func.nullif(sessions.c.last_run_id, ""))
    .outerjoin(_parent_run, _parent_run.c.run_id == subagents.c.parent_run_id)
    .where(
        _UNSETTLED,
        or_(
            _first.c.open.is_(False),
            and_(_first.c.run_id.is_(None), subagents.c.created_at_ms < bindparam("p_begun_before")),
        ),
        ~_waiting,
        ~exists().where(_nested.c.parent_key == subagents.c.child_key, _nested.c.settled_at_ms.is_(None)),
    )
    .order_by(subagents.c.created_at_ms, subagents.c.run_id)
    .limit(bindparam("p_limit"))
)
_ENDED_CHILD = _ENDED.where(subagents.c.child_key == bindparam("p_child"))

_UNTIDY = (
    select(subagents.c.child_key, subagents.c.cleanup)
    .where(subagents.c.tidy_at_ms.is_not(None), subagents.c.tidy_at_ms <= bindparam("p_now"))
    .order_by(subagents.c.tidy_at_ms)
    .limit(bindparam("p_limit"))
)
_TIDIED = (
    update(subagents).where(subagents.c.child_key.in_(bindparam("p_children", expanding=True))).values(tidy_at_ms=None)
)


class SqlSubagentStore:
    """Implements ``SubagentStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, new: NewSubagent, max_children: int, now_ms: int) -> bool:
        """Note a task; noting it again changes nothing. False when the parent has ``max_children`` at work already.

        A session runs one turn at a time and a turn one call at a time, so nobody else counts meanwhile.
        """
        row: dict[str, Any] = {
            "run_id": new.run_id,
            "child_key": new.child_key,
            "parent_key": new.parent_key,
            "parent_run_id": new.parent_run_id,
            "title": new.title,
            "cleanup": new.cleanup,
            "created_at_ms": now_ms,
            "settled_at_ms": None,
            "outcome": "",
            "tidy_at_ms": None,
        }
        with self._database.write() as connection:
            if connection.execute(_KNOWN, {"p_run": new.run_id}).one_or_none() is not None:
                return True
            if connection.execute(_AT_WORK, {"p_parent": new.parent_key}).scalar_one() >= max_children:
                return False
            connection.execute(_OPEN.on(connection), row)
        return True

    def of_parent(self, parent_key: str, limit: int) -> list[Subagent]:
        """The newest tasks that a session gave, newest first."""
        with self._database.read() as connection:
            rows = connection.execute(_OF_PARENT, {"p_parent": parent_key, "p_limit": limit}).all()
        return [Subagent(*row[:6], status=RunStatus(row.status) if row.status else None) for row in rows]

    def ended(self, child_key: str | None, begun_before_ms: int, limit: int) -> list[Ended]:
        """Tasks that are over and that nobody has heard of."""
        asked = {"p_begun_before": begun_before_ms, "p_limit": limit}
        with self._database.read() as connection:
            if child_key is None:
                return [_ended(row) for row in connection.execute(_ENDED, asked)]
            return [_ended(row) for row in connection.execute(_ENDED_CHILD, asked | {"p_child": child_key})]

    def settle(self, run_id: str, outcome: str, tidy_at_ms: int | None, now_ms: int) -> None:
        """Whoever asked for it has heard of its end."""
        values = {"p_run": run_id, "p_outcome": outcome, "p_tidy_at": tidy_at_ms, "p_now": now_ms}
        with self._database.write() as connection:
            connection.execute(_SETTLE, values)

    def stop(self, parent_key: str, parent_run_id: str | None, now_ms: int) -> list[str]:
        """Settle what a session, or one run of it, has at work: nobody waits for it. The keys of the children."""
        statement = _STOP if parent_run_id is None else _STOP_OF_RUN
        values = {"p_parent": parent_key, "p_now": now_ms} | ({"p_run": parent_run_id} if parent_run_id else {})
        with self._database.read() as connection:
            # Nearly always there is none, and then nothing is locked.
            if not connection.execute(_AT_WORK, {"p_parent": parent_key}).scalar_one():
                return []
        with self._database.write() as connection:
            return list(connection.execute(statement, values).scalars())

    def untidy(self, now_ms: int, limit: int) -> list[tuple[str, Cleanup]]:
        """Children that are to be put away by now."""
        with self._database.read() as connection:
            rows = connection.execute(_UNTIDY, {"p_now": now_ms, "p_limit": limit}).all()
        return [(row.child_key, _cleanup(row)) for row in rows]

    def tidied(self, child_keys: Sequence[str]) -> None:
        """They were put away."""
        with self._database.write() as connection:
            connection.execute(_TIDIED, {"p_children": list(child_keys)})


def _ended(row: AnyRow) -> Ended:
    known = row.input_tokens is not None
    return Ended(
        run_id=row.run_id,
        parent_key=row.parent_key,
        cleanup=_cleanup(row),
        end=SubagentEnd(
            session_key=row.child_key,
            title=row.title,
            status=RunStatus(row.status) if row.status else None,
            text=row.reply_text or "",
            error=row.error or "",
            error_kind=row.error_kind or "",
            usage=usage_of(row) if known else Usage(),
            started_at_ms=row.created_at_ms,
            ended_at_ms=row.ended_at_ms or row.created_at_ms,
        ),
        route=CLIENT_ROUTE if row.route is None else ReplyRoute.from_json(row.route),
        parent_is_there=row.parent_id is not None,
        payer=str((row.options or {}).get(PAYER) or payer_of(row.sender_key or "")),
    )


def _cleanup(row: AnyRow) -> Cleanup:
    return "delete" if row.cleanup == "delete" else "keep"

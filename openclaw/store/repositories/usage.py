"""Sums of tokens and cost over the index of when runs ended. Callers ask for short times: see ``web.usage``."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, case, func, select

from openclaw.ports.store import SessionUsage, UsageSums
from openclaw.store.database import Database
from openclaw.store.models import runs
from openclaw.store.rows import AnyRow

_used = runs.c.input_tokens + runs.c.output_tokens
_SUMS = (
    func.count().label("runs"),
    func.coalesce(func.sum(runs.c.input_tokens), 0).label("input_tokens"),
    func.coalesce(func.sum(runs.c.output_tokens), 0).label("output_tokens"),
    func.coalesce(func.sum(runs.c.cache_read_tokens), 0).label("cache_read_tokens"),
    func.coalesce(func.sum(runs.c.cache_write_tokens), 0).label("cache_write_tokens"),
    func.coalesce(func.sum(runs.c.cost_microusd), 0).label("cost_microusd"),
    func.coalesce(func.sum(case(((_used > 0) & (runs.c.cost_microusd == 0), 1), else_=0)), 0).label("unpriced"),
)
_in_time = (runs.c.ended_at_ms >= bindparam("p_from"), runs.c.ended_at_ms < bindparam("p_to"))
_BETWEEN = select(*_SUMS).where(*_in_time)
_BY_SESSION: Select[Any] = (
    select(runs.c.session_id, runs.c.provider, runs.c.model, *_SUMS)
    .where(*_in_time)
    .group_by(runs.c.session_id, runs.c.provider, runs.c.model)
)


class SqlUsageQueries:
    """Implements ``UsageQueries``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def between(self, from_ms: int, to_ms: int) -> UsageSums:
        """Sums over the runs that ended in a time; milliseconds since the epoch, the end not included."""
        with self._database.read() as connection:
            return _sums(connection.execute(_BETWEEN, {"p_from": from_ms, "p_to": to_ms}).one())

    def by_session(self, from_ms: int, to_ms: int, session_id: int | None = None) -> list[SessionUsage]:
        """The same by session and model."""
        asked = _BY_SESSION if session_id is None else _BY_SESSION.where(runs.c.session_id == session_id)
        with self._database.read() as connection:
            rows = connection.execute(asked, {"p_from": from_ms, "p_to": to_ms}).all()
        return [SessionUsage(row.session_id, row.provider, row.model, _sums(row)) for row in rows]


def _sums(row: AnyRow) -> UsageSums:
    return UsageSums(*(int(getattr(row, column.name)) for column in _SUMS))

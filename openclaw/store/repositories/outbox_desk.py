"""The outbox as operators see it. What they decide changes a row only while nobody is sending it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import bindparam, func, select, update

from openclaw.domain.envelope import ReplyRoute
from openclaw.ports.store.outbox_desk import OutboxView
from openclaw.store.database import Database
from openclaw.store.models import outbox
from openclaw.store.rows import AnyRow

#: Characters of a text in a list.
_TEXT_CHARS = 2_000
_COLUMNS = (
    *(outbox.c[name] for name in ("id", "state", "run_id", "route", "attempts", "provider_message_id", "error")),
    *(outbox.c[name] for name in ("created_at_ms", "due_at_ms", "ended_at_ms")),
    func.substr(outbox.c.text, 1, _TEXT_CHARS).label("text"),
)
_ROWS = (
    select(*_COLUMNS)
    .where(outbox.c.state.in_(bindparam("p_states", expanding=True)), outbox.c.id < bindparam("p_before"))
    .order_by(outbox.c.id.desc())
    .limit(bindparam("p_limit"))
)
_OF_CHANNEL = _ROWS.where(outbox.c.conversation.startswith(bindparam("p_channel"), autoescape=False))
_ROW = select(*_COLUMNS).where(outbox.c.id == bindparam("p_id"))
_REOPEN = (
    update(outbox)
    .where(outbox.c.id == bindparam("p_id"), outbox.c.state.in_(["pending", "failed", "unknown"]))
    .values(state="pending", attempts=0, due_at_ms=bindparam("p_now"), claim_token="", ended_at_ms=None)
)
_DROP = (
    update(outbox)
    .where(outbox.c.id == bindparam("p_id"), outbox.c.state.in_(["making", "pending", "unknown"]))
    .values(state="failed", error=bindparam("p_error"), claim_token="", ended_at_ms=bindparam("p_now"))
)
_NEWEST = 2**62


class SqlOutboxDesk:
    """Implements ``OutboxDeskStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rows(self, states: Collection[str], channel: str, before: int | None, limit: int) -> list[OutboxView]:
        """Rows in these states, the newest first and older than ``before``; of one channel unless that is empty."""
        parameters = {"p_states": list(states), "p_before": _NEWEST if before is None else before, "p_limit": limit}
        statement = _OF_CHANNEL if channel else _ROWS
        with self._database.read() as connection:
            found = connection.execute(statement, parameters | ({"p_channel": f"{channel}|"} if channel else {}))
            return [_view(row) for row in found]

    def row(self, row_id: int) -> OutboxView | None:
        """One row."""
        with self._database.read() as connection:
            found = connection.execute(_ROW, {"p_id": row_id}).one_or_none()
        return None if found is None else _view(found)

    def reopen(self, row_id: int, now_ms: int) -> bool:
        """Make a row that waits, failed or is unknown due now, with all its attempts; false for any other."""
        with self._database.write() as connection:
            return bool(connection.execute(_REOPEN, {"p_id": row_id, "p_now": now_ms}).rowcount == 1)

    def drop(self, row_id: int, error: str, now_ms: int) -> bool:
        """End a row that waits or is unknown as failed; false for any other."""
        parameters = {"p_id": row_id, "p_error": error, "p_now": now_ms}
        with self._database.write() as connection:
            return bool(connection.execute(_DROP, parameters).rowcount == 1)


def _view(row: AnyRow) -> OutboxView:
    return OutboxView(
        id=row.id,
        state=row.state,
        run_id=row.run_id or "",
        route=ReplyRoute.from_json(row.route),
        text=row.text,
        attempts=row.attempts,
        provider_message_id=row.provider_message_id,
        error=row.error,
        created_at_ms=row.created_at_ms,
        due_at_ms=row.due_at_ms,
        ended_at_ms=row.ended_at_ms or 0,
    )

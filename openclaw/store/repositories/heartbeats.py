"""Heartbeats. A due one is taken by one conditional update, so two workers that look at once take one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, case, select, update

from openclaw.store.database import Database
from openclaw.store.models import heartbeats
from openclaw.store.repositories.upsert import DialectInsert

#: The row that says whether there are heartbeats at all.
_ALL = ""

_NEW = DialectInsert(heartbeats, lambda statement: statement.on_conflict_do_nothing())
_ONE = select(heartbeats).where(heartbeats.c.agent_id == bindparam("p_agent"))
_row = update(heartbeats).where(heartbeats.c.agent_id == bindparam("p_agent"))
_CLAIM = _row.where(heartbeats.c.due_at_ms == bindparam("p_due")).values(due_at_ms=bindparam("p_next"))
_PUT_OFF = _row.values(due_at_ms=bindparam("p_due"))
_has_told = bindparam("p_told") != ""
_NOTE = _row.values(
    last=bindparam("p_last"),
    last_at_ms=bindparam("p_now"),
    told=case((_has_told, bindparam("p_told")), else_=heartbeats.c.told),
    told_at_ms=case((_has_told, bindparam("p_now")), else_=heartbeats.c.told_at_ms),
)
_LAST = select(heartbeats.c.last).where(heartbeats.c.last_at_ms > 0).order_by(heartbeats.c.last_at_ms.desc()).limit(1)
_ENABLE = DialectInsert(
    heartbeats,
    lambda statement: statement.on_conflict_do_update(
        index_elements=[heartbeats.c.agent_id], set_={"enabled": statement.excluded.enabled}
    ),
)


class SqlHeartbeatStore:
    """Implements ``HeartbeatStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, agent_id: str, every_ms: int, now_ms: int) -> int | None:
        """Take the heartbeat that is due, and make the next one due; its own time, else ``None``."""
        with self._database.read() as connection:
            # Nearly always there is nothing, and then nothing is locked.
            row = connection.execute(_ONE, {"p_agent": agent_id}).one_or_none()
        if row is None:
            self._new(agent_id, now_ms + every_ms)
            return None
        if row.due_at_ms > now_ms + every_ms:  # the period was made shorter
            self.put_off(agent_id, now_ms + every_ms)
        if row.due_at_ms > now_ms:
            return None
        missed = (now_ms - row.due_at_ms) // every_ms
        taken = {"p_agent": agent_id, "p_due": row.due_at_ms, "p_next": row.due_at_ms + (missed + 1) * every_ms}
        with self._database.write() as connection:
            return int(row.due_at_ms) if connection.execute(_CLAIM, taken).rowcount else None

    def put_off(self, agent_id: str, due_at_ms: int) -> None:
        """Let the next one come at another time."""
        with self._database.write() as connection:
            connection.execute(_PUT_OFF, {"p_agent": agent_id, "p_due": due_at_ms})

    def told_before(self, agent_id: str, since_ms: int) -> str:
        """The digest of what was told last, if that was since then; else empty."""
        with self._database.read() as connection:
            row = connection.execute(_ONE, {"p_agent": agent_id}).one_or_none()
        return str(row.told) if row is not None and row.told_at_ms >= since_ms else ""

    def note(self, agent_id: str, event: Mapping[str, Any], told: str, now_ms: int) -> None:
        """Keep what came of one."""
        values = {"p_agent": agent_id, "p_last": dict(event), "p_told": told, "p_now": now_ms}
        with self._database.write() as connection:
            connection.execute(_NOTE, values)

    def last(self) -> Mapping[str, Any] | None:
        """What came of the newest one of all."""
        with self._database.read() as connection:
            return connection.execute(_LAST).scalar_one_or_none()

    def enabled(self) -> bool:
        """Whether there are heartbeats at all."""
        with self._database.read() as connection:
            row = connection.execute(_ONE, {"p_agent": _ALL}).one_or_none()
        return row is None or bool(row.enabled)

    def enable(self, *, enabled: bool, now_ms: int) -> None:
        """Let heartbeats come, or none of any agent."""
        with self._database.write() as connection:
            connection.execute(_ENABLE.on(connection), _values(_ALL, now_ms, enabled=enabled))

    def _new(self, agent_id: str, due_at_ms: int) -> None:
        with self._database.write() as connection:
            connection.execute(_NEW.on(connection), _values(agent_id, due_at_ms))


def _values(agent_id: str, due_at_ms: int, *, enabled: bool = True) -> dict[str, Any]:
    return {
        "agent_id": agent_id,
        "due_at_ms": due_at_ms,
        "enabled": enabled,
        "last": None,
        "last_at_ms": 0,
        "told": "",
        "told_at_ms": 0,
    }

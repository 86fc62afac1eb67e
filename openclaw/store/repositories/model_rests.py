"""Models and accounts that are left alone for a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import bindparam, delete, select, update

from openclaw.domain.model_rest import Rest, after_failure
from openclaw.store.database import Database
from openclaw.store.models import model_rests
from openclaw.store.repositories.upsert import DialectInsert
from openclaw.store.rows import AnyRow

#: Of what a vendor said.
_ERROR_CHARS = 300

_ALL = select(model_rests).where(model_rests.c.last_failure_ms > bindparam("p_since"))
#: Makes the row, so that it can be locked.
_TOUCH = DialectInsert(model_rests, lambda insert: insert.on_conflict_do_nothing())
_LOCKED = select(model_rests).where(model_rests.c.key == bindparam("p_key")).with_for_update()
_WRITE = update(model_rests).where(model_rests.c.key == bindparam("p_key"))
_PROBE = (
    _WRITE.where(model_rests.c.until_ms <= bindparam("p_now"), model_rests.c.probe_until_ms <= bindparam("p_now"))
    .values(probe_until_ms=bindparam("p_until"))
    .returning(model_rests.c.key)
)
_CLEAR = delete(model_rests).where(model_rests.c.key.in_(bindparam("p_keys", expanding=True)))


class SqlModelRests:
    """Implements ``RestStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, since_ms: int) -> dict[str, Rest]:
        """Those that failed since then."""
        with self._database.read() as connection:
            return {row.key: _rest(row) for row in connection.execute(_ALL, {"p_since": since_ms})}

    def fail(self, key: str, reason: str, now_ms: int, retry_after_ms: int, error: str) -> Rest:
        """Note a failure, after all that were noted before it."""
        unknown = {"key": key, **asdict(Rest(reason))}
        with self._database.write() as connection:
            connection.execute(_TOUCH.on(connection), unknown)
            row = connection.execute(_LOCKED, {"p_key": key}).one()
            before = _rest(row) if row.failures else None
            after = after_failure(before, reason, now_ms, retry_after_ms, error[:_ERROR_CHARS])
            connection.execute(_WRITE.values(asdict(after)), {"p_key": key})
        return after

    def probe(self, key: str, now_ms: int, until_ms: int) -> bool:
        """Whether whoever asks is the one that tries."""
        with self._database.write() as connection:
            taken = connection.execute(_PROBE, {"p_key": key, "p_now": now_ms, "p_until": until_ms})
            return taken.one_or_none() is not None

    def clear(self, keys: Sequence[str]) -> None:
        """Forget them."""
        with self._database.write() as connection:
            connection.execute(_CLEAR, {"p_keys": list(keys)})


def _rest(row: AnyRow) -> Rest:
    return Rest(row.reason, row.failures, row.until_ms, row.probe_until_ms, row.last_failure_ms, row.error)

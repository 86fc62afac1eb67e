"""PostgreSQL through psycopg 3.

Writes are READ COMMITTED and lock their session row first; reads see one snapshot. A client that stops dead inside
a transaction must not hold its session's lock for ever, so the server ends idle transactions.
"""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DisconnectionError

from openclaw.errors import ConfigError
from openclaw.store.models.columns import compact_json

CONNECT_TIMEOUT_SECONDS = 3
POOL_TIMEOUT_SECONDS = 5
#: Connections older than this are replaced, before a firewall forgets them.
RECYCLE_SECONDS = 1800
#: A connection that was idle for longer is asked for a sign of life first: the server may have been restarted.
PING_AFTER_SECONDS = 1.0
#: Milliseconds that a statement waits for a lock, that it may take, and that a transaction may stand still.
GUARDS = {"lock_timeout": 5_000, "statement_timeout": 30_000, "idle_in_transaction_session_timeout": 15_000}


def open_postgres(url: URL, pool_size: int) -> tuple[Engine, Engine]:
    """The writing and the reading engine, over one pool."""
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS, "keepalives_idle": 30},
            json_serializer=compact_json,
            hide_parameters=True,
            isolation_level="READ COMMITTED",
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=POOL_TIMEOUT_SECONDS,
            pool_recycle=RECYCLE_SECONDS,
            pool_use_lifo=True,
        )
    except ModuleNotFoundError as error:
        raise ConfigError("PostgreSQL needs psycopg: pip install 'openclaw-celery[postgres]'") from error

    def set_guards(connection: Any, _record: object) -> None:
        guards = "; ".join(f"SET {name} = {value}" for name, value in GUARDS.items())
        connection.execute(guards)
        connection.commit()

    event.listen(engine, "connect", set_guards)
    event.listen(engine, "checkin", _note_idle)
    event.listen(engine, "checkout", _check_alive)
    return engine, engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _note_idle(_connection: object, record: Any) -> None:
    record.info["idle_since"] = time.monotonic()


def _check_alive(connection: Any, record: Any, _proxy: object) -> None:
    """Tell the pool to replace a connection that broke while nobody used it.

    SQLAlchemy's own ``pool_pre_ping`` would cost every transaction of a busy process a round trip.
    """
    import psycopg

    if time.monotonic() - record.info.get("idle_since", time.monotonic()) < PING_AFTER_SECONDS:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error as error:
        raise DisconnectionError("the connection broke while it was idle") from error

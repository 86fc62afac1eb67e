"""SQLite, set up so that many threads and processes can share one file.

Every write transaction is ``BEGIN IMMEDIATE``: a transaction that reads first and writes later fails under load
with "database is locked". A process writes through one connection, for which its threads queue in order; another
process's lock is waited for by short sleeps in Python, which yield to other greenlets, where SQLite's own would
block them.
"""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from openclaw.errors import ConfigError
from openclaw.store.models.columns import compact_json

#: How long a write waits for other processes, and a read for a connection.
LOCK_TIMEOUT_SECONDS = 5.0
#: Bounds of the sleep between two tries for the lock; a plain turn's transaction takes about as long.
RETRY_SECONDS = (0.0005, 0.004)


def open_sqlite(url: URL, pool_size: int) -> tuple[Engine, Engine]:
    """The writing engine, with a single connection, and the reading engine. The file is made with mode 0600."""
    if not url.database or url.database == ":memory:":
        raise ConfigError("the SQLite database must be a file: sqlite:////path/to/openclaw.db")
    path = Path(url.database).expanduser().absolute()
    _make_private(path)
    url = url.set(database=str(path))
    writer = _engine(url, 1, busy_ms=0, begin=_begin_immediate)
    reader = _engine(url, pool_size, busy_ms=int(LOCK_TIMEOUT_SECONDS * 1000), begin=_begin_deferred)
    return writer, reader


def _make_private(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # SQLite gives its -wal and -shm files the mode of the database file.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)


def _engine(url: URL, pool_size: int, busy_ms: int, begin: Callable[[Connection], None]) -> Engine:
    engine = create_engine(
        url,
        # The driver must not begin transactions of its own.
        connect_args={"isolation_level": None, "check_same_thread": False, "timeout": LOCK_TIMEOUT_SECONDS},
        json_serializer=compact_json,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=LOCK_TIMEOUT_SECONDS,
        pool_use_lifo=True,
    )

    def set_up(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA foreign_keys=ON")
        _retry_locked(lambda: connection.execute("PRAGMA journal_mode=WAL"))
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(f"PRAGMA busy_timeout={busy_ms}")

    event.listen(engine, "connect", set_up)
    event.listen(engine, "begin", begin)
    return engine


def _begin_immediate(connection: Connection) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None
    try:
        _retry_locked(lambda: driver.execute("BEGIN IMMEDIATE"))
    except sqlite3.OperationalError as error:
        raise OperationalError("BEGIN IMMEDIATE", None, error) from error


def _begin_deferred(connection: Connection) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("BEGIN")


def _retry_locked(action: Callable[[], object]) -> None:
    deadline = time.monotonic() + LOCK_TIMEOUT_SECONDS
    while True:
        try:
            action()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(random.uniform(*RETRY_SECONDS))

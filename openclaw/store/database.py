"""The database as the repositories see it: short write transactions and snapshot reads, over a bounded pool."""

from __future__ import annotations

from contextlib import AbstractContextManager

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from openclaw.errors import ConfigError
from openclaw.store.fair_mutex import FairMutex
from openclaw.store.postgres_engine import open_postgres
from openclaw.store.sqlite_engine import open_sqlite
from openclaw.store.unit_of_work import StatementCount, counted, transaction


class Database:
    """Thread-safe, and safe to have been opened before a fork. Opening makes no connection."""

    def __init__(self, writer: Engine, reader: Engine, *, one_writer: bool) -> None:
        self._writer = writer
        self._reader = reader
        self._turns = FairMutex() if one_writer else None

    @classmethod
    def connect(cls, url: str, *, pool_size: int = 16) -> Database:
        """Open by SQLAlchemy URL: ``sqlite:////file``, ``postgresql://…`` or ``postgres://…``. Raises ConfigError."""
        parsed = _parse(url)
        kind = parsed.drivername.partition("+")[0]
        if kind == "sqlite":
            return cls(*open_sqlite(parsed, pool_size), one_writer=True)
        if kind in ("postgresql", "postgres"):
            return cls(*open_postgres(parsed, pool_size), one_writer=False)
        raise ConfigError(f"the database must be sqlite or postgresql, not {kind!r}")

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._writer.dialect.name

    def write(self) -> AbstractContextManager[Connection]:
        """One write transaction; commits at the end of the block. Do nothing slow inside."""
        return transaction(self._writer, self._turns)

    def read(self) -> AbstractContextManager[Connection]:
        """One read transaction on one snapshot."""
        return transaction(self._reader)

    def statement_count(self) -> AbstractContextManager[StatementCount]:
        """Count what goes to the database during the block."""
        return counted((self._writer, self._reader) if self.dialect == "sqlite" else (self._writer,))

    def close(self) -> None:
        """Close all idle connections."""
        self._reader.dispose()
        self._writer.dispose()


def _parse(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        # The URL may hold a password, so it is not repeated here.
        raise ConfigError("the database URL cannot be read") from error

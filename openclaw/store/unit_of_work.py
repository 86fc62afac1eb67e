"""One transaction: begin, commit or roll back, and our errors in place of the driver's.

A body that raises leaves nothing behind. Integrity errors pass through: they are about data, not availability.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from openclaw.errors import StoreUnavailable
from openclaw.store.fair_mutex import FairMutex

log = logging.getLogger(__name__)

#: How long a writer waits for the others of its process.
TURN_TIMEOUT_SECONDS = 5.0


@contextmanager
def _turn(turns: FairMutex | None) -> Iterator[None]:
    if turns is None:
        yield
        return
    if not turns.acquire(TURN_TIMEOUT_SECONDS):
        raise StoreUnavailable("the other writers of this process took too long")
    try:
        yield
    finally:
        turns.release()


@contextmanager
def transaction(engine: Engine, turns: FairMutex | None = None) -> Iterator[Connection]:
    """Run the body in one transaction, in its turn. Raises StoreUnavailable when the database is away or locked."""
    try:
        with _turn(turns), engine.begin() as connection:
            yield connection
    except PoolTimeout as error:
        raise StoreUnavailable("every database connection of this process is in use") from error
    except IntegrityError:
        raise
    except (OperationalError, InterfaceError) as error:
        raise _unavailable("the database does not answer", error) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise _unavailable("the database connection broke", error) from error
        raise


def _unavailable(message: str, error: DBAPIError) -> StoreUnavailable:
    """The driver's words name hosts and paths: they are for the log, and the message is for clients.

    The statement and its parameters are none of the log's business either.
    """
    log.warning("%s: %s", message, error.orig)
    return StoreUnavailable(message)


@dataclass(slots=True)
class StatementCount:
    """What went to the database while counting."""

    statements: list[str] = field(default_factory=list)
    transactions: int = 0


@contextmanager
def counted(engines: tuple[Engine, ...]) -> Iterator[StatementCount]:
    """Count statements and transactions of all threads while the body runs; for tests and benchmarks."""
    count = StatementCount()

    def on_statement(*args: Any) -> None:
        count.statements.append(args[2])

    def on_begin(_connection: Connection) -> None:
        count.transactions += 1

    for engine in engines:
        event.listen(engine, "before_cursor_execute", on_statement)
        event.listen(engine, "begin", on_begin)
    try:
        yield count
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", on_statement)
            event.remove(engine, "begin", on_begin)

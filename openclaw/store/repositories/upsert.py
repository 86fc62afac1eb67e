"""INSERT … ON CONFLICT, which SQLAlchemy spells per dialect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite

#: Adds the conflict clause to an insert of either dialect; both have the same methods.
Clause = Callable[[Any], Executable]


class DialectInsert:
    """One insert, built for both databases; ``on`` picks the connection's."""

    def __init__(self, table: Table, clause: Clause) -> None:
        self._by_dialect = {"sqlite": clause(sqlite.insert(table)), "postgresql": clause(postgresql.insert(table))}

    def on(self, connection: Connection) -> Executable:
        return self._by_dialect[connection.dialect.name]


def insert_new(table: Table) -> DialectInsert:
    """Insert one row and return its id, or do nothing and return no row when any unique key is taken."""
    return DialectInsert(table, lambda insert: insert.on_conflict_do_nothing().returning(table.c.id))

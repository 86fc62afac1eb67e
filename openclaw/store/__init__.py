"""The truth of the system, in SQL: SQLite for one machine, PostgreSQL for a cluster."""

from __future__ import annotations

from openclaw.store.database import Database
from openclaw.store.repositories.control import SqlControlStore
from openclaw.store.repositories.intake import SqlIntakeStore
from openclaw.store.repositories.memory_index import SqlMemoryIndex
from openclaw.store.repositories.memory_notes import SqlSessionNotes
from openclaw.store.repositories.memory_search import SqlMemorySearch
from openclaw.store.repositories.outbox import SqlOutboxStore
from openclaw.store.repositories.runs import SqlRunStore
from openclaw.store.repositories.sessions import SqlSessionQueries
from openclaw.store.repositories.sweep import SqlSweepStore
from openclaw.store.repositories.system_events import SqlSystemEventStore

__all__ = [
    "Database",
    "SqlControlStore",
    "SqlIntakeStore",
    "SqlMemoryIndex",
    "SqlMemorySearch",
    "SqlOutboxStore",
    "SqlRunStore",
    "SqlSessionNotes",
    "SqlSessionQueries",
    "SqlSweepStore",
    "SqlSystemEventStore",
]

"""The truth of the system, in SQL: SQLite for one machine, PostgreSQL for a cluster.

The repositories are imported by their own names: most commands need the database and one of them.
"""

from __future__ import annotations

from openclaw.store.database import Database

__all__ = ["Database"]

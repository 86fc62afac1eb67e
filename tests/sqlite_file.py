"""SQLite files with the current schema, as the migrations make it; they run once per process, and are copied."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from openclaw.store import Database
from openclaw.store.migrate import upgrade


def open_file(path: Path, *, pool_size: int = 16) -> Database:
    """A database at a place where there is none."""
    with path.open("xb") as file:
        file.write(_migrated_file())
    return Database.connect(f"sqlite:///{path}", pool_size=pool_size)


@functools.cache
def _migrated_file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "openclaw.db"
        database = Database.connect(f"sqlite:///{path}")
        upgrade(database)
        database.close()
        return path.read_bytes()

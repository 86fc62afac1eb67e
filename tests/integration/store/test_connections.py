"""How the databases are opened, shared, and missed."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from openclaw.errors import ConfigError, StoreUnavailable
from openclaw.store import Database, postgres_engine, unit_of_work
from openclaw.store import sqlite_engine as sqlite_settings
from openclaw.store.repositories.sessions import SqlSessionQueries
from tests.contract.store.databases import new_url, open_migrated, postgres_server
from tests.contract.store.world import World

NUMBER = text("SELECT count(*) FROM numbers")


def test_a_sqlite_database_is_private_and_writes_ahead(tmp_path: Path) -> None:
    database = Database.connect(f"sqlite:///{tmp_path}/sub/openclaw.db")
    for transaction in (database.write, database.read):
        with transaction() as connection:
            pragmas = [
                connection.execute(text(f"PRAGMA {name}")).scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
            assert pragmas == ["wal", 1, 1]
    with database.write() as connection:
        connection.execute(text("CREATE TABLE numbers (n INTEGER)"))
        files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "sub").iterdir()}
    assert files == dict.fromkeys(("openclaw.db", "openclaw.db-wal", "openclaw.db-shm"), 384)
    assert stat.S_IMODE((tmp_path / "sub").stat().st_mode) == 0o700
    database.close()


def test_a_sqlite_write_takes_the_lock_at_once_and_readers_go_on(tmp_path: Path) -> None:
    database = Database.connect(f"sqlite:///{tmp_path}/openclaw.db")
    with database.write() as connection:
        connection.execute(text("CREATE TABLE numbers (n INTEGER)"))
    other = sqlite3.connect(tmp_path / "openclaw.db", timeout=0, isolation_level=None)
    with database.write() as writing:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        writing.execute(text("INSERT INTO numbers VALUES (1)"))
        with database.read() as reading:
            assert reading.execute(NUMBER).scalar_one() == 0
    other.close()
    database.close()


def test_a_sqlite_lock_that_is_never_given_back_is_an_outage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sqlite_settings, "LOCK_TIMEOUT_SECONDS", 0.2)
    database = Database.connect(f"sqlite:///{tmp_path}/openclaw.db")
    other = sqlite3.connect(tmp_path / "openclaw.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match=r"^the database does not answer$"), database.write():
        pass
    assert "locked" in caplog.text
    other.execute("ROLLBACK")
    with database.write():
        pass
    monkeypatch.setattr(unit_of_work, "TURN_TIMEOUT_SECONDS", 0.2)
    with database.write(), pytest.raises(StoreUnavailable, match="too long"), database.write():
        pass
    other.close()
    database.close()


WRITER = """
import sys
from openclaw.store import Database
from sqlalchemy import text
database = Database.connect(sys.argv[1])
for _ in range(100):
    with database.write() as connection:
        n = connection.execute(text("SELECT n FROM numbers")).scalar_one()
        connection.execute(text("UPDATE numbers SET n = :n"), {"n": n + 1})
"""


def test_processes_that_read_and_then_write_never_lose_an_update_or_fail(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/openclaw.db"
    database = Database.connect(url)
    with database.write() as connection:
        connection.execute(text("CREATE TABLE numbers (n INTEGER)"))
        connection.execute(text("INSERT INTO numbers VALUES (0)"))
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, url]) for _ in range(4)]
    assert [writer.wait(60) for writer in writers] == [0] * 4
    with database.read() as connection:
        assert connection.execute(text("SELECT n FROM numbers")).scalar_one() == 400
    database.close()


def test_a_read_sees_one_snapshot(world: World) -> None:
    world.send(key="agent:main:a")
    count = text("SELECT count(*) FROM sessions")
    with world.database.read() as reading:
        assert reading.execute(count).scalar_one() == 1
        writing = threading.Thread(target=lambda: world.send(key="agent:main:b"))
        writing.start()
        writing.join()
        assert reading.execute(count).scalar_one() == 1
    with world.database.read() as reading:
        assert reading.execute(count).scalar_one() == 2


def test_a_postgres_that_is_not_there_is_an_outage_with_no_secrets_in_it() -> None:
    database = Database.connect("postgresql://someone:hunter2@127.0.0.1:1/none")
    with pytest.raises(StoreUnavailable) as caught:
        SqlSessionQueries(database).check()
    assert "hunter2" not in str(caught.value)
    assert caught.value.retryable
    database.close()


def test_a_sqlite_file_that_cannot_be_opened_is_an_outage(tmp_path: Path) -> None:
    database = Database.connect(f"sqlite:///{tmp_path}/openclaw.db")
    (tmp_path / "openclaw.db").unlink()
    (tmp_path / "openclaw.db").mkdir()
    with pytest.raises(StoreUnavailable):
        SqlSessionQueries(database).check()
    database.close()


def cut_all_connections() -> None:
    with psycopg.connect(postgres_server().get_uri(), autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")


def test_connections_that_the_server_has_cut_are_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_engine, "PING_AFTER_SECONDS", 3600)
    database = open_migrated("postgresql", tmp_path)
    world = World(database)
    world.send()
    cut_all_connections()
    with pytest.raises(StoreUnavailable):
        world.send()
    assert world.send().ordinal == 2
    database.close()


def test_nobody_notices_that_an_idle_connection_was_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_engine, "PING_AFTER_SECONDS", 0)
    database = open_migrated("postgresql", tmp_path)
    world = World(database)
    world.send()
    cut_all_connections()
    assert world.send().ordinal == 2
    database.close()


def test_a_postgres_session_lock_is_not_held_by_a_holder_that_stands_still(tmp_path: Path) -> None:
    database = open_migrated("postgresql", tmp_path)
    with database.read() as connection:
        guards = [
            connection.execute(text(f"SHOW {name}")).scalar_one() for name in ("lock_timeout", "statement_timeout")
        ]
        guards.append(connection.execute(text("SHOW idle_in_transaction_session_timeout")).scalar_one())
    assert guards == ["5s", "30s", "15s"]
    database.close()


@pytest.mark.parametrize(
    ("url", "driver"),
    [("postgres://h/db", "psycopg"), ("postgresql://h/db", "psycopg"), ("sqlite:////tmp/oc-x/x.db", "pysqlite")],
)
def test_the_usual_forms_of_urls_are_taken(url: str, driver: str, tmp_path: Path) -> None:
    database = Database.connect(url.replace("/tmp/oc-x", str(tmp_path)))
    with database.statement_count():
        assert database._writer.dialect.driver == driver
    database.close()


@pytest.mark.parametrize("url", ["mysql://h/db", "sqlite://", "sqlite:///:memory:", "no url"])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        Database.connect(url)


def test_a_database_opened_before_a_fork_works_on_both_sides(tmp_path: Path) -> None:
    database = Database.connect(new_url("sqlite", tmp_path))
    with database.write() as connection:
        connection.execute(text("CREATE TABLE numbers (n INTEGER)"))
    child = os.fork()
    if child == 0:
        try:
            with database.write() as connection:
                connection.execute(text("INSERT INTO numbers VALUES (1)"))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    with database.read() as connection:
        assert connection.execute(NUMBER).scalar_one() == 1
    database.close()

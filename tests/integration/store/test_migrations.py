"""The schema: built by revisions, equal to the models, the same on both databases."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from openclaw.errors import ConfigError
from openclaw.store import Database
from openclaw.store.migrate import check_drift, current_revision, head_revision, upgrade
from openclaw.store.repositories.sweep import SqlSweepStore


def test_an_empty_database_is_brought_to_the_newest_schema(empty_url: str) -> None:
    database = Database.connect(empty_url)
    assert current_revision(database) is None
    upgrade(database)
    assert current_revision(database) == head_revision()
    assert check_drift(database) == []
    assert SqlSweepStore(database).lane_epoch() == 0
    upgrade(database)
    database.close()


def test_programs_that_start_at_once_upgrade_once(empty_url: str) -> None:
    databases = [Database.connect(empty_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(upgrade, databases))
    assert current_revision(databases[0]) == head_revision()
    for database in databases:
        database.close()


def test_a_newer_programs_database_is_refused(empty_url: str) -> None:
    database = Database.connect(empty_url)
    upgrade(database)
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match="9999"):
        upgrade(database)
    database.close()


def test_a_column_that_only_the_database_has_is_drift(empty_url: str) -> None:
    database = Database.connect(empty_url)
    upgrade(database)
    with database.write() as connection:
        connection.execute(text("ALTER TABLE runs ADD COLUMN surprise INTEGER"))
    assert any("surprise" in difference for difference in check_drift(database))
    database.close()


def test_the_drift_check_of_make_check_passes() -> None:
    check = subprocess.run(
        [sys.executable, "-m", "openclaw.store.migrate", "check"], capture_output=True, text=True, check=False
    )
    assert (check.returncode, check.stdout) == (0, "")

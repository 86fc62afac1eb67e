from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from openclaw.store import Database
from tests.contract.store.databases import BACKENDS, empty, new_url, open_migrated
from tests.contract.store.world import World


@pytest.fixture(params=BACKENDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without a schema."""
    return new_url(request.param, tmp_path)


@pytest.fixture(scope="module", params=BACKENDS)
def module_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = open_migrated(request.param, tmp_path_factory.mktemp("store"))
    yield database
    database.close()


@pytest.fixture
def world(module_database: Database) -> World:
    empty(module_database)
    return World(module_database)

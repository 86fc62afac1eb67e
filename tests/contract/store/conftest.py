from __future__ import annotations

from collections.abc import Iterator

import pytest

from openclaw.store import Database
from tests.contract.store.databases import BACKENDS, empty, open_migrated
from tests.contract.store.world import World


@pytest.fixture(scope="session", params=BACKENDS)
def shared_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = open_migrated(request.param, tmp_path_factory.mktemp("store"))
    yield database
    database.close()


@pytest.fixture
def world(shared_database: Database) -> World:
    empty(shared_database)
    return World(shared_database)

"""Config versions on both databases, and in memory."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from openclaw.composition.memory_config_store import MemoryConfigStore
from openclaw.ports.config_store import ConfigConflict, NewConfig, text_hash
from openclaw.store.repositories.config_versions import SqlConfigStore


@pytest.fixture(params=["sql", "memory"])
def store(request, world):
    return SqlConfigStore(world.database) if request.param == "sql" else MemoryConfigStore()


def test_there_is_none_at_first(store):
    assert (store.latest_id(), store.latest(), store.recent(5)) == (0, None, [])
    assert store.version(1) is None


def test_versions_follow_each_other(store):
    first = store.add(NewConfig("a = 1\n", "file", "host-1"), 0, 1000)
    second = store.add(NewConfig("a = 2\n", "config.set", "cli", "why"), first.id, 2000)
    assert store.latest_id() == second.id > first.id
    assert store.latest() == second
    assert store.version(first.id) == first
    assert [v.id for v in store.recent(10)] == [second.id, first.id]
    assert (second.hash, second.note, second.created_at_ms) == (text_hash("a = 2\n"), "why", 2000)
    assert (store.latest_with(first.hash), store.latest_with(second.hash)) == (first.id, second.id)
    assert store.latest_with(text_hash("never")) == 0


def test_a_version_on_an_old_base_is_a_conflict(store):
    first = store.add(NewConfig("1", "file"), 0, 1)
    store.add(NewConfig("2", "file"), first.id, 2)
    for base in (0, first.id):
        with pytest.raises(ConfigConflict):
            store.add(NewConfig("3", "file"), base, 3)
    assert store.latest().text == "2"


def test_of_writers_on_one_base_exactly_one_wins(store):
    def add(number):
        try:
            return store.add(NewConfig(str(number), "file"), 0, 1)
        except ConfigConflict:
            return None

    with ThreadPoolExecutor(4) as pool:
        won = [version for version in pool.map(add, range(4)) if version]
    assert len(won) == 1
    assert store.latest() == won[0]


def test_a_text_is_not_printed(store):
    version = store.add(NewConfig('token = "t0p"', "file"), 0, 1)
    assert "t0p" not in repr(version)
    assert "t0p" not in repr(NewConfig('token = "t0p"', "file"))

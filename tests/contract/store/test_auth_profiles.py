"""Stored credentials, in the order in which they are tried."""

from __future__ import annotations

import pytest

from openclaw.ports.auth_profiles import StoredProfile
from openclaw.store.repositories.auth_profiles import SqlAuthProfiles
from tests.contract.store.world import World

pytestmark = pytest.mark.spec("E6")


def names(store: SqlAuthProfiles, provider: str = "openai") -> list[str]:
    return [each.name for each in store.all() if each.provider == provider]


def test_they_are_tried_as_they_were_stored_or_as_is_said(world: World) -> None:
    store = SqlAuthProfiles(world.database)
    for name in ("b", "a", "c"):
        assert store.put(StoredProfile("openai", name, f"sealed {name}", world.now))
    store.put(StoredProfile("anthropic", "z", "sealed z", world.now))
    assert names(store) == ["b", "a", "c"]
    store.order("openai", ["c", "nobody", "a"])
    assert (names(store), names(store, "anthropic")) == (["c", "a", "b"], ["z"])
    assert [each.name for each in store.all() if each.placed] == ["c", "a"]
    store.order("openai", ["b"])
    assert [each.name for each in store.all() if each.placed] == ["b"]


def test_another_credential_of_the_same_name_takes_its_place(world: World) -> None:
    store = SqlAuthProfiles(world.database)
    for name in ("a", "b"):
        store.put(StoredProfile("openai", name, "old", world.now))
    assert store.put(StoredProfile("openai", "a", "new", world.now + 1)) is False
    assert [(each.name, each.sealed) for each in store.all()] == [("a", "new"), ("b", "old")]
    assert store.remove("openai", "a")
    assert not store.remove("openai", "a")
    assert names(store) == ["b"]

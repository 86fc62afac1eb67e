"""A heartbeat that is due is taken by one worker, and one that was missed comes once."""

from __future__ import annotations

import threading

import pytest

from openclaw.store.repositories.heartbeats import SqlHeartbeatStore
from tests.contract.store.world import World

pytestmark = pytest.mark.spec("H7")

EVERY = 1_000


@pytest.fixture
def store(world: World) -> SqlHeartbeatStore:
    return SqlHeartbeatStore(world.database)


def test_the_first_one_comes_a_period_after_the_agent_was_seen(store: SqlHeartbeatStore) -> None:
    assert store.claim("main", EVERY, 500) is None
    assert store.claim("main", EVERY, 1_499) is None
    assert store.claim("main", EVERY, 1_500) == 1_500
    assert store.claim("main", EVERY, 1_500) is None
    assert store.claim("main", EVERY, 2_500) == 2_500


def test_those_that_were_missed_come_once_and_the_rhythm_stays(store: SqlHeartbeatStore) -> None:
    store.claim("main", EVERY, 0)
    assert store.claim("main", EVERY, 5_300) == 1_000
    assert store.claim("main", EVERY, 5_999) is None
    assert store.claim("main", EVERY, 6_000) == 6_000


def test_a_shorter_period_holds_from_the_next_look_on(store: SqlHeartbeatStore) -> None:
    store.claim("main", 100_000, 0)
    assert store.claim("main", EVERY, 10) is None
    assert store.claim("main", EVERY, 1_010) == 1_010


def test_one_that_is_put_off_comes_then(store: SqlHeartbeatStore) -> None:
    store.claim("main", EVERY, 0)
    store.put_off("main", 1_200)
    assert store.claim("main", EVERY, 1_199) is None
    assert store.claim("main", EVERY, 1_200) == 1_200


def test_of_many_that_look_at_once_one_takes_it(store: SqlHeartbeatStore) -> None:
    store.claim("main", EVERY, 0)
    barrier = threading.Barrier(8)
    taken: list[int | None] = []

    def look() -> None:
        barrier.wait()
        taken.append(store.claim("main", EVERY, 1_000))

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken, key=str) == [1_000, *[None] * 7]


def test_what_came_of_them_is_kept(store: SqlHeartbeatStore) -> None:
    assert store.last() is None
    for agent in ("main", "other"):
        store.claim(agent, EVERY, 0)
    store.note("main", {"status": "sent"}, "digest", 10)
    store.note("other", {"status": "skipped"}, "", 20)
    assert store.last() == {"status": "skipped"}
    store.note("main", {"status": "ok-token"}, "", 30)
    assert store.last() == {"status": "ok-token"}
    assert (store.told_before("main", 10), store.told_before("main", 11)) == ("digest", "")
    assert store.told_before("other", 0) == store.told_before("nobody", 0) == ""


def test_they_are_turned_off_and_on_for_all(store: SqlHeartbeatStore) -> None:
    assert store.enabled()
    store.enable(enabled=False, now_ms=1)
    assert not store.enabled()
    store.enable(enabled=True, now_ms=2)
    assert store.enabled()

"""The presence board: in Redis for all gateways, and in one process."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import redis

from openclaw.coordination.client import connect
from openclaw.coordination.memory_presence import MemoryPresenceBoard
from openclaw.coordination.presence import RedisPresenceBoard
from openclaw.errors import RedisUnavailable
from openclaw.ports.presence import PresenceBoard
from tests.waiting import wait_until

Make = Callable[..., PresenceBoard]


@pytest.fixture(params=["memory", "redis"])
def make(request: pytest.FixtureRequest, redis_client: redis.Redis) -> Make:
    if request.param == "memory":
        return MemoryPresenceBoard
    return lambda **limits: RedisPresenceBoard(redis_client, **limits)


@pytest.fixture
def board(make: Make) -> PresenceBoard:
    return make()


def names(board: PresenceBoard) -> list[str]:
    return [entry["name"] for entry in board.read().entries]


def test_an_empty_board(board: PresenceBoard) -> None:
    assert board.read().entries == ()


def a_moment_later() -> None:
    """Entries are ordered by milliseconds."""
    end = time.monotonic() + 0.002
    wait_until(lambda: time.monotonic() > end, 1)


def test_entries_are_read_the_newest_last(board: PresenceBoard) -> None:
    board.put("a", "1", {"name": "Ada", "n": 1})
    board.put("b", "2", {"name": "Bob"})
    a_moment_later()
    board.put("a", "1", {"name": "Ada Ö", "n": 2})
    assert names(board) == ["Bob", "Ada Ö"]


def test_every_change_raises_the_version(board: PresenceBoard) -> None:
    versions = [board.read().version]
    for change in (
        lambda: board.put("a", "1", {"name": "Ada"}),
        lambda: board.put("a", "1", {"name": "Ada"}),
        lambda: board.remove("a", "1"),
    ):
        change()
        versions.append(board.read().version)
    assert versions == sorted(set(versions))
    assert board.read().version == versions[-1]


def test_only_its_owner_takes_an_entry_off(board: PresenceBoard) -> None:
    board.put("a", "old", {"name": "Ada"})
    board.put("a", "new", {"name": "Ada"})
    assert not board.remove("a", "old")
    assert names(board) == ["Ada"]
    assert board.remove("a", "new")
    assert not board.remove("a", "new")
    assert names(board) == []


def test_what_is_not_renewed_goes_by_itself(make: Make) -> None:
    board = make(ttl_seconds=0.2)
    board.put("a", "1", {"name": "Ada"})
    board.put("b", "2", {"name": "Bob"})
    version = board.read().version

    def only_bob_is_left() -> bool:
        board.renew({"b": "2"})
        return names(board) == ["Bob"]

    wait_until(only_bob_is_left, 5)
    assert board.read().version > version


def test_renewing_says_what_is_gone(board: PresenceBoard) -> None:
    board.put("a", "1", {"name": "Ada"})
    board.put("b", "moved", {"name": "Bob"})
    assert board.renew({"a": "1", "b": "2", "c": "3"}) == ["b", "c"]
    assert board.renew({}) == []


def test_the_oldest_gives_way_when_the_board_is_full(make: Make) -> None:
    board = make(max_entries=3)
    for number in range(5):
        board.put(str(number), "x", {"name": f"{number}"})
        a_moment_later()
    assert names(board) == ["2", "3", "4"]


def test_gateways_share_the_board(redis_client: redis.Redis) -> None:
    one, other = RedisPresenceBoard(redis_client), RedisPresenceBoard(redis_client)
    one.put("a", "1", {"name": "Ada"})
    assert other.read() == one.read()
    assert all(redis_client.pttl(key) > 0 for key in redis_client.scan_iter())


def test_without_redis_it_is_an_error() -> None:
    with pytest.raises(RedisUnavailable):
        RedisPresenceBoard(connect("unix:///nowhere/s.sock")).read()

"""How the lane engine meets a real server: forgotten scripts, other clients, outages, keys touched by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from openclaw.coordination.keys import LANE_PREFIX
from openclaw.coordination.lanes import RedisLanes
from openclaw.errors import RedisUnavailable
from openclaw.ports.lanes import ClassLimit, LaneState, LaneWork, Outlook
from tests.redis_server import running_redis_server

LUA = Path(__file__).parents[3] / "openclaw" / "coordination" / "lua"


@pytest.fixture
def lanes(redis_client: redis.Redis) -> RedisLanes:
    lanes = RedisLanes(redis_client)
    lanes.rebuild(1, hold=False)
    return lanes


def test_scripts_that_the_server_forgot_are_sent_again(lanes: RedisLanes, redis_client: redis.Redis):
    [first] = lanes.submit([LaneWork(1, 1)])
    redis_client.script_flush()
    [second] = lanes.submit([LaneWork(2, 1)])
    assert second.fence == first.fence + 1


def test_a_client_that_decodes_replies_works_as_well(redis_url: str, lanes: RedisLanes):
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        decoding = RedisLanes(client)
        [grant] = decoding.submit([LaneWork(1, 1, queue="größe")])
        assert grant.queue == "größe"
        assert decoding.begin(1, grant.fence, "wörker")
        assert decoding.view([1, 2]) == lanes.view([1, 2])
        assert decoding.view([1])[0].owner == "wörker"
        assert decoding.epoch() == 1
        assert decoding.tick().grants == ()


def test_leases_follow_the_servers_clock(lanes: RedisLanes, redis_client: redis.Redis):
    [grant] = lanes.submit([LaneWork(1, 1)])
    lanes.begin(1, grant.fence, "w1")
    seconds, micros = redis_client.time()
    now_ms = seconds * 1000 + micros // 1000
    assert 0 <= now_ms + 15_000 - lanes.view([1])[0].lease_until_ms < 5_000


def test_a_server_that_is_away_is_unavailable():
    with running_redis_server() as server:
        client = redis.Redis.from_url(server.url, socket_timeout=1)
        lanes = RedisLanes(client)
        lanes.rebuild(1)
    calls = [
        lambda: lanes.submit([LaneWork(1, 1)]),
        lambda: lanes.view([1]),
        lambda: lanes.known([1]),
        lambda: lanes.rebuild(2),
        lanes.epoch,
        lanes.tick,
    ]
    for call in calls:
        with pytest.raises(RedisUnavailable):
            call()
    client.close()


def test_a_lane_deleted_by_hand_stops_no_other(lanes: RedisLanes, redis_client: redis.Redis):
    lanes.set_limits({"main": ClassLimit(1)})
    lanes.submit([LaneWork(n, 1) for n in (1, 2, 3)])
    redis_client.delete(f"{LANE_PREFIX}l:1", f"{LANE_PREFIX}l:2")
    redis_client.zadd(f"{LANE_PREFIX}slots:main", {"1": 1})
    redis_client.zadd(f"{LANE_PREFIX}due", {"4": 1})
    assert [grant.session_id for grant in lanes.tick().grants] == [3]
    assert redis_client.zrange(f"{LANE_PREFIX}slots:main", 0, -1) == [b"3"]
    assert not redis_client.exists(f"{LANE_PREFIX}ready:main:i", f"{LANE_PREFIX}due")


def test_the_stream_counts_anew_under_each_fence(lanes: RedisLanes, redis_client: redis.Redis):
    [grant] = lanes.submit([LaneWork(1, 1)])
    lanes.begin(1, grant.fence, "w1")
    redis_client.hincrby(f"{LANE_PREFIX}l:1", "ev", 7)
    lanes.done(1, grant.fence, Outlook(1, more=True))
    assert lanes.view([1])[0].state is LaneState.GRANTED
    assert redis_client.hget(f"{LANE_PREFIX}l:1", "ev") is None


def test_the_scripts_stay_short_enough_to_read():
    scripts = sorted(LUA.glob("lane_*.lua"))
    assert scripts
    assert {path.name: n for path in scripts if (n := len(path.read_text().splitlines())) > 60} == {}

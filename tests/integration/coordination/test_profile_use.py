"""When auth profiles were asked is the same for every worker, and forgotten after a day."""

from __future__ import annotations

import pytest
import redis

from openclaw.coordination.client import connect
from openclaw.coordination.profile_use import TTL_SECONDS, RedisProfileUse
from openclaw.errors import RedisUnavailable

pytestmark = pytest.mark.spec("E6")


def test_every_worker_knows_when_a_profile_was_asked(redis_client: redis.Redis) -> None:
    RedisProfileUse(redis_client).note("acme", "team", 7)
    RedisProfileUse(redis_client).note("acme", "own", 8)
    RedisProfileUse(redis_client).note("acme", "team", 9)
    assert RedisProfileUse(redis_client).last("acme") == {"team": 9, "own": 8}
    assert RedisProfileUse(redis_client).last("other") == {}
    (key,) = redis_client.keys("oc:models:asked:*")
    assert 0 < redis_client.ttl(key) <= TTL_SECONDS


def test_without_redis_nobody_knows() -> None:
    with pytest.raises(RedisUnavailable):
        RedisProfileUse(connect("redis://127.0.0.1:1/0")).last("acme")

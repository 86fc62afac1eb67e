"""One lane table per test, once in memory and once in Redis."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from openclaw.coordination.lanes import RedisLanes
from openclaw.coordination.memory_lanes import MemoryLanes
from tests.contract.lanes.world import AGEING_MS, GRANT_MS, LEASE_MS, Clock, Mailbox, World


@pytest.fixture(params=["memory", "redis"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    clock = Clock()
    times = {"lease_ms": LEASE_MS, "grant_ms": GRANT_MS, "ageing_ms": AGEING_MS}
    if request.param == "memory":
        signals: list[tuple[int, int]] = []
        memory = MemoryLanes(clock, on_cancel=lambda *pair: signals.append(pair), **times)
        memory.rebuild(1, hold=False)
        yield World(memory, clock, memory.table.forget, lambda: signals)
        return
    client: redis.Redis = request.getfixturevalue("redis_client")
    lanes = RedisLanes(client, now_ms=clock, **times)
    lanes.rebuild(1, hold=False)
    with client.pubsub() as pubsub:
        pubsub.subscribe("oc:ctl")
        pubsub.get_message(timeout=5)
        yield World(lanes, clock, client.flushall, Mailbox(pubsub))

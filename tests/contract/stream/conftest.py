"""The run streams under test, with the two things a contract test must do to them from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from openclaw.coordination import stream_keys
from openclaw.coordination.client import connect, connect_blocking
from openclaw.coordination.memory_stream import MemoryRunStream
from openclaw.coordination.streams import RedisRunStream
from openclaw.ports.stream import RunStream

#: Redis trims whole nodes of 100 entries, so a test that wants trimming emits a few hundred.
MAXLEN = 100


@dataclass
class Streams:
    stream: RunStream
    #: Let a session's lane run under a fence.
    claim: Callable[[int, int], None]
    #: Let the session's lane stand still.
    release: Callable[[int], None]
    #: Let time take a run's stream away.
    expire: Callable[[str], None]


@pytest.fixture(params=["memory", "redis"])
def streams(request: pytest.FixtureRequest) -> Iterator[Streams]:
    if request.param == "memory":
        yield _in_memory()
        return
    url = request.getfixturevalue("redis_url")
    request.getfixturevalue("redis_client")
    with connect(url) as client:

        def claim(session_id: int, fence: int) -> None:
            lane: dict[Any, Any] = {"state": "running", "fence": fence}
            client.hset(stream_keys.lane_hash(session_id), mapping=lane)
            client.hdel(stream_keys.lane_hash(session_id), "ev")

        yield Streams(
            RedisRunStream(client, lambda: connect_blocking(url), maxlen=MAXLEN),
            claim,
            lambda session_id: client.delete(stream_keys.lane_hash(session_id)),
            lambda run_id: client.delete(stream_keys.run_stream(run_id), stream_keys.run_ref(run_id)),
        )


def _in_memory() -> Streams:
    fences: dict[int, int] = {}
    now = [1_000]

    def expire(_run_id: str) -> None:
        now[0] += 3_600_001

    stream = MemoryRunStream(lambda session, fence: fences.get(session) == fence, clock=lambda: now[0], maxlen=MAXLEN)
    return Streams(stream, fences.__setitem__, lambda session_id: fences.pop(session_id, None), expire)

"""Everything that speaks to Redis, on one bounded pool per process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import redis

from openclaw.coordination.client import BrokerSettings, broker_settings, connect, connect_blocking
from openclaw.coordination.doorbell import KombuDoorbell
from openclaw.coordination.embedded import EmbeddedRedis
from openclaw.coordination.lanes import RedisLanes
from openclaw.coordination.leases import Lease
from openclaw.coordination.streams import RedisRunStream
from openclaw.ports.lanes import ClassLimit
from openclaw.settings.schema import Settings


@dataclass(frozen=True, slots=True)
class RedisParts:
    """Connections and what is built on them."""

    url: str
    client: redis.Redis
    lanes: RedisLanes
    stream: RedisRunStream
    doorbell: KombuDoorbell
    open_blocking: Callable[[], redis.Redis]

    def lease(self, name: str, owner: str, ttl_ms: int) -> Lease:
        return Lease(self.client, name, owner, ttl_ms)


def redis_url(settings: Settings) -> str:
    """The configured server, or the embedded one, started if need be."""
    if settings.redis.url is not None:
        return settings.redis.url.reveal()
    return EmbeddedRedis(
        settings.redis_dir, binary=settings.redis.server, pid_file=settings.run_dir / "redis.pid"
    ).start()


def broker_for(settings: Settings) -> BrokerSettings:
    """What Celery needs to use the same server."""
    return broker_settings(redis_url(settings))


def open_redis(settings: Settings, *, max_connections: int = 32) -> RedisParts:
    """Connect lazily: nothing is sent until the first call."""
    url = redis_url(settings)
    client = connect(url, max_connections=max_connections)
    return RedisParts(
        url=url,
        client=client,
        lanes=lanes_on(client, settings),
        stream=RedisRunStream(client, lambda: connect_blocking(url)),
        doorbell=KombuDoorbell(broker_settings(url)),
        open_blocking=lambda: connect_blocking(url),
    )


def lanes_on(client: redis.Redis, settings: Settings) -> RedisLanes:
    """The lane engine over a client of the caller's."""
    return RedisLanes(
        client,
        lease_ms=int(settings.lanes.lease_seconds * 1000),
        grant_ms=int(settings.lanes.grant_seconds * 1000),
    )


def class_limits(settings: Settings) -> dict[str, ClassLimit]:
    """The configured limits of the lane classes."""
    return {
        # A reserve as large as the class would shut background work out for good.
        name: ClassLimit(lane_class.concurrency, min(lane_class.reserved_interactive, lane_class.concurrency - 1))
        for name, lane_class in settings.lanes.classes.items()
    }

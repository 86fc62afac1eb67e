"""When a vendor's auth profiles were last asked, in Redis: a new session takes the one that was not for longest.

``oc:models:asked:<vendor>`` is a hash of milliseconds by profile, which lives for a day after the last call. Whoever
writes gives the time; that of hosts may differ by what makes no odds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import redis

from openclaw.coordination.client import translate

_PREFIX = "oc:models:asked:"
TTL_SECONDS = 24 * 3600


class RedisProfileUse:
    """Implements ``ProfileUse``. Thread-safe."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def last(self, provider: str) -> Mapping[str, int]:
        """By profile."""
        with translate():
            found = cast("dict[bytes, bytes]", self._client.hgetall(_PREFIX + provider))
        return {name.decode(): int(at_ms) for name, at_ms in found.items()}

    def note(self, provider: str, profile: str, now_ms: int) -> None:
        """One round trip."""
        with translate():
            pipeline = self._client.pipeline(transaction=False)
            pipeline.hset(_PREFIX + provider, profile, str(now_ms))
            pipeline.expire(_PREFIX + provider, TTL_SECONDS)
            pipeline.execute()

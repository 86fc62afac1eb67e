"""Counters of messages in Redis; a process counts by itself while Redis is away.

| key | type | TTL | written by | holds |
|---|---|---|---|---|
| ``oc:{rate:<channel>:<account>}:c:<counter>`` | string | until nothing is owed | whoever takes messages in | the time (ms) until which the counter is paid for |
| ``oc:{rate:<channel>:<account>}:t:<counter>`` | string | the window | the same | there while who is refused has been told |
| ``oc:{rate:<channel>:<account>}:e:<event>`` | string | the window | the same | there while the event counts for nothing more |

Losing them lets a window's worth of messages through once more.
"""  # noqa: E501 - a table's rows

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Sequence

import redis

from openclaw.coordination.client import OUTAGES
from openclaw.coordination.memory_rate_limiter import MemoryRateLimiter
from openclaw.coordination.scripts import LuaScript
from openclaw.ports.rate_limiter import Counter, Take

log = logging.getLogger(__name__)

#: After an outage Redis is left alone for so long: every message would wait for it otherwise.
AWAY_SECONDS = 5.0

_take = LuaScript("rate_take")
_ANSWERS = (Take.TAKEN, Take.REFUSED, Take.REFUSED_FIRST)


class RedisRateLimiter:
    """Implements ``RateLimiter``. Thread-safe."""

    def __init__(self, client: redis.Redis, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._own = MemoryRateLimiter(clock)
        self._away_until = 0.0

    def take(self, account: str, counters: Sequence[Counter], event: str = "") -> Take:
        counted = [counter for counter in counters if counter.allowance.limit > 0]
        if not counted:
            return Take.TAKEN
        if self._clock() < self._away_until:
            return self._own.take(account, counted, event)
        base = f"oc:{{rate:{account}}}"
        seen = hashlib.blake2s(event.encode(), digest_size=12).hexdigest() if event else ""
        counts = (f"{base}:c:{counter.name}" for counter in counted)
        keys = [f"{base}:t:{counters[0].name}", f"{base}:e:{seen}", *counts]
        costs = [str(counter.allowance.cost_ms) for counter in counted]
        try:
            answer = _take(self._client, keys, (counted[0].allowance.window_ms, seen, *costs))
        except OUTAGES as error:
            log.warning("messages are counted by this process alone: %s", error)
            self._away_until = self._clock() + AWAY_SECONDS
            return self._own.take(account, counted, event)
        return _ANSWERS[int(answer)]

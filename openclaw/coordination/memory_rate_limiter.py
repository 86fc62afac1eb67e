"""Counters of one process: the twin of the shared ones, and their stand-in while Redis is away."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from openclaw.ports.rate_limiter import Counter, Take

#: Counters kept; beyond it the one that was used least recently goes.
MAX_ENTRIES = 20_000


class MemoryRateLimiter:
    """Implements ``RateLimiter``. Thread-safe; ``clock`` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._paid_until: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, account: str, counters: Sequence[Counter], event: str = "") -> Take:
        now, seen = self._clock() * 1000, (account, f"event:{event}")
        with self._lock:
            if event and self._paid_until.get(seen, 0.0) > now:
                return Take.TAKEN
            wanted: dict[tuple[str, str], float] = {}
            for counter in counters:
                key = (account, counter.name)
                after = counter.allowance.after(self._paid_until.get(key, 0.0), now)
                if after is None:
                    return self._refuse(account, counters[0], now)
                wanted[key] = after
            if event and counters:
                wanted[seen] = now + counters[0].allowance.window_ms
            for key, until in wanted.items():
                self._put(key, until)
        return Take.TAKEN

    def _refuse(self, account: str, counter: Counter, now: float) -> Take:
        told = (account, f"told:{counter.name}")
        if self._paid_until.get(told, 0.0) > now:
            return Take.REFUSED
        self._put(told, now + counter.allowance.window_ms)
        return Take.REFUSED_FIRST

    def _put(self, key: tuple[str, str], until: float) -> None:
        self._paid_until[key] = until
        self._paid_until.move_to_end(key)
        if len(self._paid_until) > MAX_ENTRIES:
            self._paid_until.popitem(last=False)

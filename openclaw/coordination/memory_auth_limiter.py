"""The limiter of one process: the twin of the shared one, and its stand-in while Redis is away."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from openclaw.ports.auth_limiter import LimiterRule

#: Entries kept; beyond it the oldest that is not locked goes.
MAX_ENTRIES = 10_000


@dataclass(slots=True)
class _Entry:
    failures: list[float] = field(default_factory=list)
    locked_until: float = 0.0


class MemoryAuthLimiter:
    """Implements ``AuthLimiter``. Thread-safe; ``clock`` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._entries: OrderedDict[tuple[str, str], _Entry] = OrderedDict()
        self._lock = threading.Lock()

    def locked_seconds(self, scope: str, address: str) -> float:
        with self._lock:
            entry = self._entries.get((scope, address))
            return max(0.0, entry.locked_until - self._clock()) if entry is not None else 0.0

    def failed(self, scope: str, address: str, rule: LimiterRule) -> float:
        now = self._clock()
        with self._lock:
            entry = self._entries.setdefault((scope, address), _Entry())
            self._entries.move_to_end((scope, address))
            entry.failures = [at for at in entry.failures if at > now - rule.window_seconds] + [now]
            if len(entry.failures) >= rule.max_failures and entry.locked_until <= now:
                entry.locked_until = now + rule.lock_seconds
                entry.failures.clear()
            self._make_room(now)
            return max(0.0, entry.locked_until - now)

    def succeeded(self, scope: str, address: str) -> None:
        with self._lock:
            self._entries.pop((scope, address), None)

    def _make_room(self, now: float) -> None:
        if len(self._entries) <= MAX_ENTRIES:
            return
        oldest = next((key for key, entry in self._entries.items() if entry.locked_until <= now), None)
        if oldest is not None:
            del self._entries[oldest]

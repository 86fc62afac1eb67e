"""The presence board of one process: the twin of the shared one."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from openclaw.ports.presence import MAX_ENTRIES, TTL_SECONDS, Board


@dataclass(slots=True)
class _Entry:
    owner: str
    entry: dict[str, Any]
    seen_at: float


class MemoryPresenceBoard:
    """Implements ``PresenceBoard``. Thread-safe; ``clock`` gives seconds."""

    def __init__(
        self,
        *,
        ttl_seconds: float = TTL_SECONDS,
        max_entries: int = MAX_ENTRIES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._ttl_seconds = ttl_seconds
        self._max_entries = max_entries
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._version = 0
        self._lock = threading.Lock()

    def put(self, key: str, owner: str, entry: Mapping[str, Any]) -> None:
        with self._lock:
            self._expire()
            self._entries[key] = _Entry(owner, dict(entry), self._clock())
            self._entries.move_to_end(key)
            while len(self._entries) > self._max_entries:
                self._entries.popitem(last=False)
            self._touch()

    def renew(self, entries: Mapping[str, str]) -> list[str]:
        with self._lock:
            self._expire()
            missing = []
            for key, owner in entries.items():
                found = self._entries.get(key)
                if found is None or found.owner != owner:
                    missing.append(key)
                else:
                    found.seen_at = self._clock()
                    self._entries.move_to_end(key)
            return missing

    def remove(self, key: str, owner: str) -> bool:
        with self._lock:
            self._expire()
            found = self._entries.get(key)
            if found is None or found.owner != owner:
                return False
            del self._entries[key]
            self._touch()
            return True

    def read(self) -> Board:
        with self._lock:
            self._expire()
            return Board(self._version, tuple(dict(found.entry) for found in self._entries.values()))

    def _expire(self) -> None:
        oldest = self._clock() - self._ttl_seconds
        gone = [key for key, found in self._entries.items() if found.seen_at <= oldest]
        for key in gone:
            del self._entries[key]
        if gone:
            self._touch()

    def _touch(self) -> None:
        self._version = max(self._version + 1, int(self._clock() * 1000))

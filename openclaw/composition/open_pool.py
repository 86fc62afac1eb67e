"""Things that are open under some configuration: unchanged ones go on, those no longer wanted close after a grace.

A run or a send that began under the old configuration may still use what it opened, so nothing is closed under it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

log = logging.getLogger(__name__)


class Closable(Protocol):
    def close(self) -> None: ...


Key = TypeVar("Key", bound=Hashable)
Thing = TypeVar("Thing", bound=Closable)


@dataclass(slots=True)
class OpenPool(Generic[Key, Thing]):
    """Thread-safe. ``grace_seconds`` is longer than anything that was begun can take."""

    grace_seconds: float
    _open: dict[Key, Thing] = field(default_factory=dict)
    _retired: dict[Key, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: Key, make: Callable[[], Thing]) -> Thing:
        """What is open under the key, opened now if need be; raises what ``make`` raises."""
        found = self._open.get(key)
        if found is not None and key not in self._retired:
            return found
        with self._lock:
            self._retired.pop(key, None)
            if key not in self._open:
                self._open[key] = make()
            return self._open[key]

    def retain(self, wanted: Collection[Key]) -> None:
        """Retire whatever is not wanted any more, and close what was retired a grace ago."""
        now = time.monotonic()
        with self._lock:
            for key in self._open:
                if key in wanted:
                    self._retired.pop(key, None)
                else:
                    self._retired.setdefault(key, now + self.grace_seconds)
            due = [key for key, at in self._retired.items() if at <= now]
            closing = [self._open.pop(key) for key in due]
            for key in due:
                del self._retired[key]
        for thing in closing:
            _close(thing)

    def close(self) -> None:
        with self._lock:
            closing = list(self._open.values())
            self._open.clear()
            self._retired.clear()
        for thing in closing:
            _close(thing)


def _close(thing: Closable) -> None:
    try:
        thing.close()
    except Exception:  # a stranger's adapter; the others must be closed too
        log.exception("something could not be closed")

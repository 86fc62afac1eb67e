"""The right to hold a connection, by this process's own clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

#: Part of the lease that is kept back: the holder stops before anybody else can begin.
MARGIN = 0.1


class LeaseTenure:
    """Implements ``Tenure``. Whoever renews the lease prolongs it; without that it ends by itself."""

    def __init__(self, lease_seconds: float, begun_at: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._usable = lease_seconds * (1 - MARGIN)
        self._monotonic = monotonic
        self._until = begun_at + self._usable
        self._ended = threading.Event()
        self._callbacks: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def prolong(self, asked_at: float) -> None:
        """The lease was renewed by a request that left at ``asked_at``; too late once it has run out."""
        if not self.over:
            self._until = asked_at + self._usable

    def end(self) -> None:
        """Give the connection up now."""
        with self._lock:
            if self._ended.is_set():
                return
            self._ended.set()
            callbacks = tuple(self._callbacks)
        for callback in callbacks:
            callback()

    @property
    def over(self) -> bool:
        """Also true the moment the lease has run out, whoever noticed: a stopped process that wakes up asks here."""
        return self._ended.is_set() or self._monotonic() >= self._until

    def remaining_seconds(self) -> float:
        return 0.0 if self.over else max(0.0, self._until - self._monotonic())

    def wait(self, seconds: float) -> bool:
        deadline = self._monotonic() + seconds
        while not self.over:
            left = min(deadline, self._until) - self._monotonic()
            if deadline <= self._monotonic():
                return False
            self._ended.wait(max(0.0, left))
        return True

    def on_over(self, callback: Callable[[], None]) -> None:
        with self._lock:
            if not self._ended.is_set():
                self._callbacks.append(callback)
                return
        callback()

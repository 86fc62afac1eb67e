"""Merges a model's many small text deltas into few stream events.

The first delta goes out at once. What follows within the window is kept and goes out as one event: with the next
delta after the window, with the next event of another kind (in the same batch, before it), or by ``flush_due``.
Order is kept. Needs no thread of its own, but any thread may call ``flush_due``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from openclaw.domain.events import EventKind, RunEvent, RunRef
from openclaw.ports.clock import Clock
from openclaw.ports.stream import RunStream

#: Short enough to look like typing.
WINDOW_MS = 30


@dataclass(slots=True)
class _Pending:
    item: int | str
    offset: int
    replace: bool
    at_ms: int
    deltas: list[str] = field(default_factory=list)

    def to_event(self) -> RunEvent:
        data = {"delta": "".join(self.deltas), "offset": self.offset, "item": self.item, "replace": self.replace}
        return RunEvent(EventKind.TEXT, data, self.at_ms)


class CoalescingEmitter:
    """The writing side of one run's stream. Thread-safe.

    Text that could not be emitted (RedisUnavailable) stays and goes out with the next batch.
    """

    def __init__(
        self, stream: RunStream, run: RunRef, clock: Clock, *, window_ms: int | Callable[[], int] = WINDOW_MS
    ) -> None:
        """A callable ``window_ms`` is asked each time, so that a busy process may send less often."""
        self._stream = stream
        self._run = run
        self._clock = clock
        self._window_ms = window_ms if callable(window_ms) else lambda: window_ms
        self._lock = threading.Lock()
        self._pending: list[_Pending] = []
        self._offsets: dict[int | str, int] = {}
        self._restarted: set[int | str] = set()
        self._flushed_at_ms: int | None = None

    def text(self, delta: str, item: int | str = 0) -> None:
        """Add text to an item. Raises StaleFence, RedisUnavailable when it emits."""
        if not delta:
            return
        with self._lock:
            now = self._clock()
            self._add(delta, item, now)
            if self._wait_ms(now) <= 0:
                self._flush(now)

    def restart(self, item: int | str = 0) -> None:
        """Void what the item has shown: its next text begins it anew."""
        with self._lock:
            self._pending = [pending for pending in self._pending if pending.item != item]
            self._offsets[item] = 0
            self._restarted.add(item)

    def emit(self, *events: RunEvent) -> None:
        """Send events of other kinds, after the kept text and in one batch with it."""
        with self._lock:
            self._flush(self._clock(), events)

    def flush(self) -> None:
        """Send the kept text now."""
        with self._lock:
            self._flush(self._clock())

    def flush_due(self) -> int | None:
        """Send the kept text if its window is over; otherwise say in how many milliseconds it is. ``None``: no text."""
        with self._lock:
            if not self._pending:
                return None
            now = self._clock()
            wait_ms = self._wait_ms(now)
            if wait_ms > 0:
                return wait_ms
            self._flush(now)
            return None

    def _add(self, delta: str, item: int | str, now: int) -> None:
        offset = self._offsets.get(item, 0)
        self._offsets[item] = offset + len(delta)
        replace = item in self._restarted
        if replace:
            self._restarted.discard(item)
        if not self._pending or self._pending[-1].item != item or replace:
            self._pending.append(_Pending(item, offset, replace, now))
        self._pending[-1].deltas.append(delta)

    def _wait_ms(self, now: int) -> int:
        if self._flushed_at_ms is None:
            return 0
        # a clock that was set back must not hold text
        window_ms = self._window_ms()
        return min(self._flushed_at_ms + window_ms - now, window_ms)

    def _flush(self, now: int, events: tuple[RunEvent, ...] = ()) -> None:
        if not (self._pending or events):
            return
        if self._pending:
            self._flushed_at_ms = now
        self._stream.emit(self._run, [*(pending.to_event() for pending in self._pending), *events])
        self._pending.clear()

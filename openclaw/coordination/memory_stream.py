"""The run stream inside one process: for tests and for trying things without Redis.

Passes the same contract suite as the Redis one. Trims exactly instead of roughly.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from openclaw.coordination.event_wire import decode_event, decode_notice, encode_event, encode_notice
from openclaw.coordination.replaying import has_gap
from openclaw.domain.events import Cursor, RunEvent, RunRef, StreamedEvent
from openclaw.errors import StaleFence
from openclaw.ports.clock import Clock, system_clock
from openclaw.ports.stream import Notice, Replay


@dataclass(slots=True)
class _Kept:
    start: Cursor
    entries: deque[StreamedEvent]
    expires_at_ms: int = 0


@dataclass(slots=True, eq=False)
class _Listener:
    items: queue.SimpleQueue[StreamedEvent | Notice] = field(default_factory=queue.SimpleQueue)

    def next_item(self, wait_seconds: float) -> StreamedEvent | Notice | None:
        try:
            return self.items.get(timeout=max(0.0, wait_seconds))
        except queue.Empty:
            return None


class MemoryRunStream:
    """The run streams of one process. Thread-safe. ``holds(session_id, fence)`` says who may write."""

    def __init__(
        self,
        holds: Callable[[int, int], bool] = lambda _session_id, _fence: True,
        *,
        clock: Clock = system_clock,
        maxlen: int = 2000,
        ttl_seconds: int = 3600,
        tick_seconds: float = 1.0,
    ) -> None:
        self._holds = holds
        self._clock = clock
        self._maxlen = maxlen
        self._ttl_ms = ttl_seconds * 1000
        self._tick_seconds = tick_seconds
        self._lock = threading.Lock()
        self._numbers: dict[int, int] = {}
        self._runs: dict[str, _Kept] = {}
        self._listeners: list[_Listener] = []

    def emit(self, run: RunRef, events: Sequence[RunEvent]) -> None:
        if not events:
            return
        with self._lock:
            if not self._holds(run.session_id, run.fence):
                raise StaleFence(f"session {run.session_id} does not run under fence {run.fence}")
            for event in events:
                self._append(run, event)

    def _append(self, run: RunRef, event: RunEvent) -> None:
        number = self._numbers[run.session_id] = self._numbers.get(run.session_id, 0) + 1
        cursor = Cursor(run.fence, number)
        # the round trip shows what JSON would do to the data, and keeps later changes to it out
        streamed = StreamedEvent(run, cursor, decode_event(encode_event(event)))
        kept = self._kept(run.run_id)
        if kept is None:
            kept = self._runs[run.run_id] = _Kept(cursor, deque(maxlen=self._maxlen))
        kept.entries.append(streamed)
        kept.expires_at_ms = self._clock() + self._ttl_ms
        for listener in self._listeners:
            listener.items.put(streamed)

    def _kept(self, run_id: str) -> _Kept | None:
        kept = self._runs.get(run_id)
        if kept is not None and kept.expires_at_ms <= self._clock():
            del self._runs[run_id]
            return None
        return kept

    def replay(self, run_id: str, after: Cursor | None = None, limit: int = 2000) -> Replay:
        with self._lock:
            kept = self._kept(run_id)
            if kept is None:
                return Replay((), gap=after is not None and after.fence > 0)
            entries = tuple(kept.entries)
            start = kept.start
        gap = has_gap(after, start=start, oldest=entries[0].cursor, newest=entries[-1].cursor)
        later = [entry for entry in entries if after is None or entry.cursor > after]
        return Replay(tuple(later[:limit]), gap)

    def notify(self, notice: Notice) -> None:
        copy = decode_notice(encode_notice(notice))
        with self._lock:
            for listener in self._listeners:
                listener.items.put(copy)

    def listen(self, stopped: Callable[[], bool]) -> Iterator[StreamedEvent | Notice | None]:
        listener = _Listener()
        with self._lock:
            self._listeners.append(listener)
        try:
            yield None
            next_tick = time.monotonic() + self._tick_seconds
            while True:
                item = listener.next_item(next_tick - time.monotonic())
                if item is not None:
                    yield item
                if time.monotonic() < next_tick:
                    continue
                if stopped():
                    return
                next_tick = time.monotonic() + self._tick_seconds
                yield None
        finally:
            with self._lock:
                self._listeners.remove(listener)

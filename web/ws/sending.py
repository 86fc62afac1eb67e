"""What waits to be written to one connection: a queue bounded in bytes, with one reader, the connection's writer.

Text deltas give way first: one that is overtaken before it left makes way for the newer one, and past ``delta_bytes``
new ones are left out. The next one of the same text is then sent in its replacing form, which carries the whole of it.
So a connection that takes less than there is lags by a delta of each run, not by all that was written. Anything else
that would take the queue past ``max_bytes`` ends the connection as too slow. ``seq`` is given when an event leaves, so
that it is contiguous for whoever reads it.
"""

from __future__ import annotations

import _thread
import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from web.ws.frames import with_seq

SLOW_CONSUMER = "slow consumer"
POLICY_VIOLATION = 1008


@dataclass(slots=True, eq=False)
class OutgoingEvent:
    """An event that many connections get, encoded once."""

    name: str
    #: JSON up to where the connection's ``seq`` goes.
    head: bytes
    session_key: str = ""
    run_id: str = ""
    #: The connection capability that it takes, if any.
    capability: str = ""
    #: Deltas of the same text share a key; anything else has none and is never left out.
    delta_key: str = ""
    make_replacement: Callable[[], bytes] | None = None
    _replacement: bytes = b""

    @property
    def replacement(self) -> bytes:
        """The same delta for someone who has missed earlier ones."""
        if not self._replacement and self.make_replacement is not None:
            self._replacement = self.make_replacement()
        return self._replacement or self.head


@dataclass(frozen=True, slots=True)
class ClosePlease:
    """The writer's last item. A code of 0 means that the peer is gone: write nothing."""

    code: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PongPlease:
    payload: bytes


class PingPlease:
    """Ask the peer whether it is there."""


PING = PingPlease()
Item = bytes | ClosePlease | PongPlease | PingPlease


@dataclass(slots=True, eq=False)
class _Delta:
    """A delta in its place in the queue; the head is empty once a newer one has made it needless."""

    key: str
    head: bytes


@dataclass(slots=True, eq=False)
class OutgoingQueue:
    """Any thread may push; one thread pops."""

    max_bytes: int
    delta_bytes: int
    on_dropped: Callable[[], None]
    waiting_bytes: int = 0
    _items: deque[bytes | OutgoingEvent | _Delta | PingPlease] = field(default_factory=deque)
    #: Deltas that have not left yet, by key.
    _deltas: dict[str, _Delta] = field(default_factory=dict)
    _lock: _thread.LockType = field(default_factory=_thread.allocate_lock)
    #: Held while there is nothing to do: the writer sleeps on it.
    _idle: _thread.LockType = field(default_factory=_thread.allocate_lock)
    _missed: set[str] | None = None
    _pong: PongPlease | None = None
    _close: ClosePlease | None = None
    _seq: int = 0

    def push(self, frame: bytes) -> None:
        """Queue a response."""
        self._push(frame, len(frame))

    def push_event(self, event: OutgoingEvent) -> None:
        """Queue an event."""
        if event.delta_key:
            self._push_delta(event)
        else:
            self._push(event, len(event.head))

    def _push_delta(self, event: OutgoingEvent) -> None:
        key = event.delta_key
        with self._lock:
            if self.waiting_bytes and self.waiting_bytes + len(event.head) > self.delta_bytes:
                self._missed = (self._missed or set()) | {key}
                self.on_dropped()
                return
            overtaken = self._deltas.pop(key, None)
            if overtaken is not None:
                self.waiting_bytes -= len(overtaken.head)
                overtaken.head = b""
                self.on_dropped()
            missed = self._missed is not None and key in self._missed
            if missed and self._missed is not None:
                self._missed.discard(key)
            delta = _Delta(key, event.replacement if missed or overtaken is not None else event.head)
            if self._append(delta, len(delta.head)):
                self._deltas[key] = delta
        self._wake()

    def push_ping(self) -> None:
        self._push(PING, 0)

    def push_pong(self, payload: bytes) -> None:
        """Answer a ping; only the latest one needs an answer."""
        with self._lock:
            self._pong = PongPlease(payload)
        self._wake()

    def close(self, code: int, reason: str = "", *, flush: bool = True) -> None:
        """End the connection after what is queued, or at once. The first call decides."""
        with self._lock:
            if self._close is None:
                self._close = ClosePlease(code, reason)
            if not flush:
                self._clear()
        self._wake()

    def gone(self) -> None:
        """The peer is gone: the writer has nothing more to do."""
        with self._lock:
            self._close = ClosePlease(0)
            self._clear()
        self._wake()

    @property
    def closing(self) -> bool:
        return self._close is not None

    def pop(self) -> Item:
        """Wait for the next thing to write; after ``ClosePlease`` there is nothing more."""
        while True:
            with self._lock:
                item = self._next()
            if item is not None:
                return item
            self._idle.acquire()

    def _next(self) -> Item | None:
        if self._pong is not None:
            pong, self._pong = self._pong, None
            return pong
        while self._items:
            item = self._items.popleft()
            if isinstance(item, _Delta):
                if not item.head:
                    continue
                del self._deltas[item.key]
            elif not isinstance(item, OutgoingEvent):
                if isinstance(item, bytes):
                    self.waiting_bytes -= len(item)
                return item
            self.waiting_bytes -= len(item.head)
            self._seq += 1
            return with_seq(item.head, self._seq)
        return self._close

    def _push(self, item: bytes | OutgoingEvent | PingPlease, size: int) -> None:
        with self._lock:
            self._append(item, size)
        self._wake()

    def _append(self, item: bytes | OutgoingEvent | _Delta | PingPlease, size: int) -> bool:
        """Whether the item waits now; it does not when the connection ends."""
        if self._close is not None:
            return False
        if self.waiting_bytes + size > self.max_bytes:
            self._close = ClosePlease(POLICY_VIOLATION, SLOW_CONSUMER)
            self._clear()
            return False
        self._items.append(item)
        self.waiting_bytes += size
        return True

    def _clear(self) -> None:
        self._items.clear()
        self._deltas.clear()
        self.waiting_bytes = 0

    def _wake(self) -> None:
        with contextlib.suppress(RuntimeError):  # the writer is awake already
            self._idle.release()

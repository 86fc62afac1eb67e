"""Rings for conversations at the moment their next row is due, so that they need not wait for the sweep.

Kept by one process and lost with it: then the sweep finds the rows.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Sequence

from openclaw.ports.clock import Clock
from openclaw.reply.deliver import Deliverer

#: What is due later than this is left to the sweep. Milliseconds.
FARTHEST_MS = 60_000
#: Rings that one process keeps.
MAX_RINGS = 10_000
#: The thread ends when it had nothing to do for so long. Seconds.
_IDLE_SECONDS = 30.0


class LateRings:
    """Thread-safe; its one thread lives while there is something to ring for. ``ring`` must not raise."""

    def __init__(self, ring: Callable[[Sequence[str]], object], clock: Clock) -> None:
        self._ring = ring
        self._clock = clock
        self._changed = threading.Condition()
        self._due: list[tuple[int, str]] = []
        self._running = False

    def ring_at(self, conversation: str, due_at_ms: int) -> None:
        """Ring for the conversation once that moment has come."""
        if due_at_ms - self._clock() > FARTHEST_MS:
            return
        with self._changed:
            if len(self._due) >= MAX_RINGS:
                return
            heapq.heappush(self._due, (due_at_ms, conversation))
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name="late-rings", daemon=True).start()
            self._changed.notify()

    def _run(self) -> None:
        while conversations := self._wait():
            self._ring(conversations)

    def _wait(self) -> list[str]:
        """The conversations that are due, once some are; none when the thread is to end."""
        with self._changed:
            while True:
                now = self._clock()
                due: list[str] = []
                while self._due and self._due[0][0] <= now:
                    due.append(heapq.heappop(self._due)[1])
                if due:
                    return list(dict.fromkeys(due))
                seconds = (self._due[0][0] - now) / 1000 if self._due else _IDLE_SECONDS
                if not self._changed.wait(seconds) and not self._due:
                    self._running = False
                    return []


def deliver_and_ring(deliverer: Deliverer, rings: LateRings, conversation: str) -> int:
    """Send what is due in a conversation, and ring again when more is; how many left."""
    report = deliverer.deliver(conversation)
    if report.next_due_ms is not None:
        rings.ring_at(conversation, report.next_due_ms)
    return report.sent

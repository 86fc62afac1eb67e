"""One thread that keeps all of the gateway's times, so that no connection needs a timer of its own.

Callbacks run on that thread one after another: they must be quick and never wait. What needs the database goes to the
background thread instead.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)


class Timer:
    """A scheduled callback."""

    __slots__ = ("_callback", "interval_seconds")

    def __init__(self, callback: Callable[[], None], interval_seconds: float = 0.0) -> None:
        self._callback: Callable[[], None] | None = callback
        #: Above 0 for one that repeats.
        self.interval_seconds = interval_seconds

    def cancel(self) -> None:
        """Take it back; one that is running already is not waited for."""
        self._callback = None

    @property
    def cancelled(self) -> bool:
        return self._callback is None

    def fire(self) -> None:
        if self._callback is not None:
            self._callback()


class Timekeeper:
    """Runs callbacks when they are due. Thread-safe."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="gateway-timekeeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(5)

    def after(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Call back once."""
        timer = Timer(callback)
        self._schedule(seconds, timer)
        return timer

    def every(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Call back again and again, the first time after one interval."""
        timer = Timer(callback, seconds)
        self._schedule(seconds, timer)
        return timer

    def _schedule(self, seconds: float, timer: Timer) -> None:
        due = time.monotonic() + seconds
        with self._changed:
            heapq.heappush(self._heap, (due, next(self._order), timer))
            if self._heap[0][2] is timer:
                self._changed.notify()

    def _run(self) -> None:
        while (timer := self._next_due()) is not None:
            try:
                timer.fire()
            except Exception:  # one bad callback must not stop the clock for everyone
                log.exception("a timed task failed")
            if timer.interval_seconds and not timer.cancelled:
                self._schedule(timer.interval_seconds, timer)

    def _next_due(self) -> Timer | None:
        with self._changed:
            while not self._stopped:
                while self._heap and self._heap[0][2].cancelled:
                    heapq.heappop(self._heap)
                if not self._heap:
                    self._changed.wait()
                    continue
                wait_seconds = self._heap[0][0] - time.monotonic()
                if wait_seconds <= 0:
                    return heapq.heappop(self._heap)[2]
                self._changed.wait(wait_seconds)
        return None

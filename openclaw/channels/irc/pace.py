"""How fast lines may leave: a bucket of lines that fills again, as servers count what they call a flood."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

#: A line costs one, and one more for every so many bytes: ircu and Hybrid count so. Bytes.
BYTES_PER_EXTRA_LINE = 512


class Pace:
    """Thread-safe. Who waits, waits in the order of asking."""

    def __init__(self, burst_lines: int, lines_per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst = float(burst_lines)
        self._rate = lines_per_second
        self._clock = clock
        self._lock = threading.Lock()
        self._left = self._burst
        self._at = clock()

    def take(self, size_bytes: int) -> float:
        """Take the right to send a line of this size; how many seconds from now it holds."""
        with self._lock:
            self._fill()
            self._left -= _cost(size_bytes)
            return max(0.0, -self._left / self._rate)

    def take_now(self, size_bytes: int) -> bool:
        """The same where nobody may wait; false when the line would have to."""
        with self._lock:
            self._fill()
            if self._left < _cost(size_bytes):
                return False
            self._left -= _cost(size_bytes)
            return True

    def _fill(self) -> None:
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now


def _cost(size_bytes: int) -> float:
    return 1.0 + size_bytes / BYTES_PER_EXTRA_LINE

"""A lock that is given to whoever has waited longest.

With an ordinary lock the thread that has just released it usually wins it again, and under load another one can wait
for seconds. Here a release hands the lock over. Works alike for threads and for greenlets.
"""

from __future__ import annotations

import threading
from collections import deque


class FairMutex:
    """Mutual exclusion in order of arrival; not reentrant."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held = False
        #: One locked lock per waiter; releasing it makes that waiter the owner.
        self._waiting: deque[threading.Lock] = deque()

    def acquire(self, timeout_seconds: float) -> bool:
        """Wait for the turn; false when it did not come in time."""
        with self._guard:
            if not self._held:
                self._held = True
                return True
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        try:
            if turn.acquire(timeout=timeout_seconds):
                return True
        except BaseException:
            # A greenlet may be killed while it waits: it must not be handed what it cannot give back.
            if not self._withdraw(turn):
                self.release()
            raise
        return not self._withdraw(turn)

    def release(self) -> None:
        """Hand over to the oldest waiter."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False

    def _withdraw(self, turn: threading.Lock) -> bool:
        """Leave the queue; false when the turn had come at the last moment."""
        with self._guard:
            if turn in self._waiting:
                self._waiting.remove(turn)
                return True
            return False

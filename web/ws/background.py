"""One thread for work that may wait for the database, so that neither the broadcast nor the clock does.

Work is run in order, once; a failure is logged and forgotten. When too much waits, new work is refused: everything
that is put here is asked for again later or only decorates.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

from openclaw.errors import OpenClawError

log = logging.getLogger(__name__)
MAX_WAITING = 10_000


class Background:
    """Runs work on its own thread. Thread-safe."""

    def __init__(self, name: str = "gateway-background") -> None:
        self._work: deque[Callable[[], None]] = deque()
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(5)

    def put(self, work: Callable[[], None]) -> bool:
        """Queue work; false when there is too much already."""
        with self._changed:
            if self._stopped or len(self._work) >= MAX_WAITING:
                return False
            self._work.append(work)
            self._changed.notify()
        return True

    def _run(self) -> None:
        while True:
            with self._changed:
                while not (self._work or self._stopped):
                    self._changed.wait()
                if self._stopped:
                    return
                work = self._work.popleft()
            try:
                work()
            except OpenClawError as error:
                log.warning("background work failed: %s", error)
            except Exception:  # the thread serves every connection and must go on
                log.exception("background work failed")

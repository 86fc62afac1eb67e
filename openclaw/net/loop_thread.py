"""The one event loop of a process, for callers that have none: a thread of its own, started at the first use.

One, because where gevent has made threads greenlets, asyncio takes all of them for one thread, which may run one loop.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


def run_on_loop(work: Coroutine[Any, Any, T]) -> Future[T]:
    """Start it on this process's loop; cancelling the future cancels it."""
    return asyncio.run_coroutine_threadsafe(work, _loops.loop())


class _Loops:
    """A forked child has no thread, and starts its own."""

    _loop: asyncio.AbstractEventLoop | None
    _lock: threading.Lock

    def __init__(self) -> None:
        self._forget()
        # A child that was forked while another thread held the lock would wait for it forever.
        os.register_at_fork(after_in_child=self._forget)

    def loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._run, args=(self._loop,), name="event-loop", daemon=True).start()
            return self._loop

    def _forget(self) -> None:
        self._loop = None
        self._lock = threading.Lock()

    @staticmethod
    def _run(loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        loop.run_forever()


_loops = _Loops()

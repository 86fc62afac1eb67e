"""SIGTERM: running turns finish, and those that can't in time are handed on.

Celery stops taking messages and waits for what runs. When most of the grace time is over, the turns that are left
are cancelled with ``drain``: they write nothing more, their lanes become ready, and other workers resume them behind
their last commit. The deadline is shared with prefork children through an event made before the fork.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from openclaw.composition.native import native_sleep, runs_greenlets, start_native_thread

#: Part of the grace time after which turns are handed on.
HAND_ON_AT = 0.7

_draining: Any = multiprocessing.get_context("fork").Event()
_main_pid = os.getpid()
_exit_after_drain = threading.Event()


class DrainClock:
    """When this process must hand its turns on."""

    def __init__(self, drain_seconds: float) -> None:
        self._seconds = drain_seconds
        self._since: float | None = None

    @property
    def main_pid(self) -> int:
        """The worker's main process, which gets the signals."""
        return _main_pid

    def hand_on_now(self) -> bool:
        """True when draining has lasted so long that what still runs must go elsewhere."""
        if self._since is None:
            if not _draining.is_set():
                return False
            self._since = time.monotonic()
        return time.monotonic() - self._since > self._seconds * HAND_ON_AT

    def exit_after_drain(self) -> None:
        """Make sure that the process ends even though one of its threads never will."""
        if _exit_after_drain.is_set():
            return
        _exit_after_drain.set()
        start_native_thread(self._exit_late, "drain-exit")

    def _exit_late(self) -> None:
        native_sleep(self._seconds + 1)
        os._exit(70)  # EX_SOFTWARE: the supervisor starts a new worker


def clock(drain_seconds: float) -> DrainClock:
    return DrainClock(drain_seconds)


def is_draining() -> bool:
    """Whether the worker has been told to stop."""
    return bool(_draining.is_set())


def connect(signals: Any) -> None:
    """Listen for Celery's shutdown, warm, soft or cold."""
    signals.worker_shutting_down.connect(_begin, weak=False)


def watch_signals() -> None:
    """Notice a stop signal before Celery acts on it: a cold shutdown waits first and tells its listeners after."""
    for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT):
        handler = signal.getsignal(number)
        if callable(handler):
            signal.signal(number, _noticing(handler))


def _noticing(handler: Callable[[int, FrameType | None], Any]) -> Callable[[int, FrameType | None], Any]:
    spawn = _spawn_greenlet()

    def handle(number: int, frame: FrameType | None) -> Any:
        _begin()
        # A signal is handled by whatever greenlet happens to run. Celery's handler waits there for the grace time,
        # and a turn that waited in it could not finish meanwhile.
        return handler(number, frame) if spawn is None else spawn(handler, number, frame)

    return handle


def _spawn_greenlet() -> Callable[..., Any] | None:
    """How to start a greenlet, where turns are greenlets."""
    if not runs_greenlets():
        return None
    from gevent import spawn

    return spawn  # type: ignore[no-any-return]


def _begin(**_: Any) -> None:
    _draining.set()

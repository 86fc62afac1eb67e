"""Signals as something to wait for: stop requests and ended children wake one ``wait``."""

from __future__ import annotations

import select
import signal
import socket
from types import FrameType, TracebackType
from typing import Any, Self

_STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Wakeups:
    """Counts stop signals while it is entered; main thread only. The handlers before it come back at the end."""

    def __init__(self) -> None:
        self.stops = 0
        self._previous: dict[signal.Signals, Any] = {}
        self._reading, self._writing = socket.socketpair()
        self._reading.setblocking(False)
        self._writing.setblocking(False)
        self._previous_fd = -1

    def __enter__(self) -> Self:
        self._previous_fd = signal.set_wakeup_fd(self._writing.fileno(), warn_on_full_buffer=False)
        for number in _STOPS:
            self._previous[number] = signal.signal(number, self._stop)
        self._previous[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, _noted)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._previous_fd)
        self._reading.close()
        self._writing.close()

    def wait(self, seconds: float) -> None:
        """Sleep until a signal arrives or the time is over."""
        if select.select([self._reading], [], [], max(0.0, seconds))[0]:
            self._reading.recv(4096)

    def _stop(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the handler's signature
        self.stops += 1


def _noted(number: int, frame: FrameType | None) -> None:
    """SIGCHLD needs a handler for the wake-up descriptor to be written."""

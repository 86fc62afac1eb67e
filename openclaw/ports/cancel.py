"""How a running turn learns that it must stop."""

from __future__ import annotations

import threading
from collections.abc import Callable

from openclaw.errors import RunAborted


class CancelToken:
    """Set once, from any thread; listeners are called once, at once if it is set already.

    Listeners run on the thread that cancels: they only close sockets or set events.
    """

    __slots__ = ("_event", "_listeners", "_lock", "_reason")

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []
        self._reason = ""

    @property
    def reason(self) -> str:
        """Why, in one of the words of RunAborted; empty while not cancelled."""
        return self._reason

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def cancel(self, reason: str) -> None:
        with self._lock:
            if self._event.is_set():
                return
            self._reason = reason
            self._event.set()
            listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener()

    def on_cancel(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Register a listener; the returned function takes it back."""
        with self._lock:
            if not self._event.is_set():
                self._listeners.append(listener)
                return lambda: self._forget(listener)
        listener()
        return lambda: None

    def _forget(self, listener: Callable[[], None]) -> None:
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)

    def wait(self, seconds: float) -> bool:
        """Wait up to ``seconds``; true when cancelled."""
        return self._event.wait(seconds)

    def raise_if_cancelled(self) -> None:
        if self._event.is_set():
            raise RunAborted(self._reason)

"""Answering a request when a run is over, without a thread that waits."""

from __future__ import annotations

from collections.abc import Callable

from web.ws.dispatch import Call
from web.ws.run_end import RunEnd, Waiter
from web.ws.timekeeper import Timer

#: Longest time a waiter is kept.
MAX_WAIT_SECONDS = 24 * 3600

#: Responds to the call; without an end when the time is over.
Finish = Callable[[Call, str, RunEnd | None], None]


class RunAnswer:
    """Responds exactly once: when the run is over, or when the time is. Whoever takes the waiter off responds."""

    def __init__(self, call: Call, run_id: str, finish: Finish, seconds: float) -> None:
        self._call = call
        self._run_id = run_id
        self._finish = finish
        self._seconds = min(seconds, MAX_WAIT_SECONDS)
        self._waiter: Waiter | None = None
        self._timer: Timer | None = None

    def wait(self, *, ask_database: bool) -> None:
        """``ask_database`` for a run that may have ended before anyone listened."""
        gateway = self._call.gateway
        self._waiter = waiter = gateway.ends.wait(self._run_id, self._over)
        if not waiter.waiting:
            return
        self._call.connection.keep(waiter)
        if ask_database:
            view = gateway.services.control.run_view(self._run_id)
            end = RunEnd.from_view(view) if view is not None else None
            if end is not None:
                gateway.ends.ended(end)
        self._timer = gateway.timekeeper.after(self._seconds, self._late)

    def _over(self, end: RunEnd) -> None:
        self._leave()
        self._finish(self._call, self._run_id, end)

    def _late(self) -> None:
        if self._waiter is not None and self._waiter.cancel():
            self._leave()
            self._finish(self._call, self._run_id, None)

    def _leave(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._waiter is not None:
            self._call.connection.release(self._waiter)

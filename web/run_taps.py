"""Following one run from an HTTP request, without a thread or a queue of its own.

A tap keeps the run's text so far and how the run ended. The broadcaster writes to it, and the request, on whatever
thread the web server gave it, waits for it to change. A reader that is slow finds the newest text and nothing piled
up: what a tap holds is bounded by what the model says.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from openclaw.domain.events import EventKind, RunEvent
from web.ws.run_end import RunEnd, RunEnds, Waiter
from web.ws.run_text import RunText


@dataclass(frozen=True, slots=True)
class Heard:
    """A run as it stands: the text so far, and its end once it is over."""

    text: str = ""
    end: RunEnd | None = None
    #: This gateway stops listening.
    closed: bool = False


@dataclass(slots=True, eq=False)
class RunTap:
    """One run, followed by one reader."""

    run_id: str
    waiter: Waiter | None = None
    _text: RunText = field(default_factory=RunText)
    _end: RunEnd | None = None
    _closed: bool = False
    _version: int = 0
    _seen: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self, event: RunEvent) -> None:
        """Take in one event of the run, in the order of its stream."""
        if event.kind is EventKind.TEXT:
            with self._changed:
                self._text.take(event.data)
                self._note()

    def over(self, end: RunEnd) -> None:
        """The run is over; said once, whichever way it became known."""
        with self._changed:
            self._end = end
            self._note()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._note()

    def wait(self, seconds: float) -> Heard | None:
        """Wait until something is new; ``None`` when nothing was for so long."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._version != self._seen, seconds):
                return None
            self._seen = self._version
            return Heard(self._text.whole, self._end, self._closed)

    def _note(self) -> None:
        self._version += 1
        self._changed.notify()


class RunTaps:
    """The taps of one gateway process. Thread-safe."""

    def __init__(self, ends: RunEnds) -> None:
        self._ends = ends
        self._lock = threading.Lock()
        self._taps: dict[str, RunTap] = {}
        self._closed = False

    def open(self, run_id: str) -> RunTap:
        """Follow a run whose id nobody else can know yet; before the run is submitted, so that nothing is missed."""
        tap = RunTap(run_id)
        with self._lock:
            self._taps[run_id] = tap
            if self._closed:
                tap.close()
        tap.waiter = self._ends.wait(run_id, tap.over)
        return tap

    def leave(self, tap: RunTap) -> None:
        """Stop following. A second time does nothing."""
        if tap.waiter is not None:
            tap.waiter.cancel()
        with self._lock:
            self._taps.pop(tap.run_id, None)

    def take(self, run_id: str, event: RunEvent) -> None:
        """Pass on an event of a run; called by the one who reads the streams, in their order."""
        tap = self._taps.get(run_id)
        if tap is not None:
            tap.take(event)

    def close(self) -> None:
        """Tell every reader that nothing more will come from here."""
        with self._lock:
            self._closed = True
            taps = list(self._taps.values())
        for tap in taps:
            tap.close()

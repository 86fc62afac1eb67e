"""An emitter that lets others follow what a model says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from openclaw.domain.events import RunEvent
from openclaw.ports.run_events import RunEmitter


class AnswerWatcher(Protocol):
    """Follows one answer while it is written, on the turn's own thread; must return soon. May raise StaleFence."""

    def text(self, delta: str) -> None: ...

    def restart(self) -> None:
        """What was said of the answer is void."""
        ...

    def tick(self) -> None:
        """The model is at work, and has said nothing."""
        ...


class WatchedEmitter:
    """Passes everything on. For the turn's thread."""

    def __init__(self, inner: RunEmitter, watchers: Sequence[AnswerWatcher]) -> None:
        self._inner = inner
        self._watchers = watchers

    def text(self, delta: str, item: str) -> None:
        self._inner.text(delta, item)
        for watcher in self._watchers:
            watcher.text(delta)

    def restart(self, item: str) -> None:
        self._inner.restart(item)
        for watcher in self._watchers:
            watcher.restart()

    def emit(self, *events: RunEvent) -> None:
        self._inner.emit(*events)

    def flush_due(self) -> None:
        self._inner.flush_due()
        for watcher in self._watchers:
            watcher.tick()

"""An emitter for which Redis being away is no failure: the turn goes on, listeners catch up from SQL."""

from __future__ import annotations

import logging
from collections.abc import Callable

from openclaw.domain.events import RunEvent
from openclaw.errors import RedisUnavailable
from openclaw.ports.run_events import RunEmitter

log = logging.getLogger(__name__)


class ForgivingEmitter:
    """Drops events while Redis is away and says so once. StaleFence passes: the lane is lost."""

    def __init__(self, inner: RunEmitter) -> None:
        self._inner = inner
        self._said = False

    def text(self, delta: str, item: str) -> None:
        self._try(lambda: self._inner.text(delta, item))

    def restart(self, item: str) -> None:
        self._try(lambda: self._inner.restart(item))

    def emit(self, *events: RunEvent) -> None:
        self._try(lambda: self._inner.emit(*events))

    def flush_due(self) -> None:
        self._try(self._inner.flush_due)

    def _try(self, action: Callable[[], object]) -> None:
        try:
            action()
        except RedisUnavailable as error:
            if not self._said:
                self._said = True
                log.warning("a run's stream cannot be written for now: %s", error)

"""A model call that nobody watches and that has a time limit of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from openclaw.agent.holds import TurnHold
from openclaw.domain.events import RunEvent
from openclaw.ports.cancel import CancelToken

#: The reason a call is cancelled for when its own time is up.
TIME_IS_UP = "quiet-deadline"


class QuietEmitter:
    """Swallows what a model says: it is for the turn, not for its readers."""

    def text(self, delta: str, item: str) -> None: ...

    def restart(self, item: str) -> None: ...

    def emit(self, *events: RunEvent) -> None: ...

    def flush_due(self) -> None: ...


@dataclass(frozen=True, slots=True)
class QuietHold:
    """The turn's hold, with a token that is also cancelled when the time is up."""

    turn: TurnHold
    token: CancelToken

    def progressed(self) -> None:
        self.turn.progressed()


@contextmanager
def within(hold: TurnHold, seconds: float) -> Iterator[QuietHold]:
    """Work under the turn's hold for so long at the most; RunAborted with ``TIME_IS_UP`` says that it was too long."""
    token = CancelToken()
    forget = hold.token.on_cancel(lambda: token.cancel(hold.token.reason))
    timer = threading.Timer(seconds, token.cancel, (TIME_IS_UP,))
    timer.daemon = True
    timer.start()
    try:
        yield QuietHold(hold, token)
    finally:
        timer.cancel()
        forget()

"""A model call that nobody watches and that has a time limit of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from openclaw.agent.holds import TurnHold
from openclaw.agent.model_step import Draft, ModelAnswer, RequestFactory, ask_model
from openclaw.agent.turn_log import TurnParts
from openclaw.domain.events import RunEvent
from openclaw.errors import RunAborted
from openclaw.ports.cancel import CancelToken
from openclaw.ports.models import Candidate

#: The reason a call is cancelled for when its own time is up.
_TIME_IS_UP = "quiet-deadline"


class TooSlow(Exception):
    """The call took longer than it may."""


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
    """Work under the turn's hold for so long at the most. Raises TooSlow when that was not enough."""
    token = CancelToken()
    forget = hold.token.on_cancel(lambda: token.cancel(hold.token.reason))
    timer = threading.Timer(seconds, token.cancel, (_TIME_IS_UP,))
    timer.daemon = True
    timer.start()
    try:
        yield QuietHold(hold, token)
    except RunAborted as abort:
        if abort.reason == _TIME_IS_UP:
            raise TooSlow(f"{seconds:g} seconds were not enough") from None
        raise
    finally:
        timer.cancel()
        forget()


def ask_quietly(
    parts: TurnParts, candidates: Sequence[Candidate], request: RequestFactory, hold: QuietHold, item: str
) -> ModelAnswer:
    """Ask a model with nobody watching. Raises as ``ask_model``."""
    router = parts.runtime.router
    return ask_model(router, candidates, request, QuietEmitter(), hold, Draft(), item=item, clock=parts.clock)

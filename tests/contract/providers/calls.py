"""How the tests ask a provider, and what they look for in its events."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from openclaw.domain.run import Usage
from openclaw.domain.transcript import Message, ToolCallBlock, user_text
from openclaw.ports.cancel import CancelToken
from openclaw.ports.provider import (
    ModelEvent,
    ModelRequest,
    Provider,
    Stopped,
    TextDelta,
    ToolCallDone,
    ToolSpec,
    UsageReport,
)
from tests.waiting import DEADLINE_SECONDS

WEATHER = ToolSpec("weather", "Tells the weather.", {"type": "object", "properties": {"city": {"type": "string"}}})


def ask(*messages: Message | str, idle_timeout_seconds: float = 30.0, **fields: object) -> ModelRequest:
    said = tuple(user_text(m) if isinstance(m, str) else m for m in messages)
    defaults = {"model": "echo", "system": "Be brief.", "tools": (WEATHER,)}
    return ModelRequest(messages=said, idle_timeout_seconds=idle_timeout_seconds, **{**defaults, **fields})


def events_of(provider: Provider, request: ModelRequest) -> list[ModelEvent]:
    return list(provider.stream(request, CancelToken()))


def text_of(events: Iterable[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def calls_of(events: Iterable[ModelEvent]) -> list[ToolCallBlock]:
    return [event.call for event in events if isinstance(event, ToolCallDone)]


def usage_of(events: Iterable[ModelEvent]) -> Usage:
    return [event.usage for event in events if isinstance(event, UsageReport)][-1]


def stop_of(events: list[ModelEvent]) -> str:
    """The reason of the last event, which is the only one of its kind."""
    stops = [event for event in events if isinstance(event, Stopped)]
    assert stops == events[-1:]
    return stops[0].reason


class Asking:
    """A stream read on its own thread."""

    def __init__(self, provider: Provider, request: ModelRequest) -> None:
        self.cancel = CancelToken()
        self.events: list[ModelEvent] = []
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._read, args=(provider, request), daemon=True)
        self._thread.start()

    def _read(self, provider: Provider, request: ModelRequest) -> None:
        try:
            for event in provider.stream(request, self.cancel):
                self.events.append(event)
        except BaseException as error:  # noqa: BLE001 - end() gives it to the test
            self.error = error

    def end(self) -> BaseException | None:
        """Wait for the stream's end, and say how it ended."""
        self._thread.join(DEADLINE_SECONDS)
        assert not self._thread.is_alive(), "the stream did not end"
        return self.error

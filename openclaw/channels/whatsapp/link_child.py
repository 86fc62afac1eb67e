"""The link process as its account sees it: requests that are answered, events in their order, an end."""

from __future__ import annotations

import logging
import queue
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Self

from openclaw.channel_kit.line_child import Answers, ChildEnded, LineChild
from openclaw.channels.whatsapp.link_protocol import error_of, fields_of, line_of
from openclaw.errors import ChannelOutcomeUnknown, ChannelUnreachable

_log = logging.getLogger(__name__)

OWN_PROGRAM = (sys.executable, "-m", "openclaw.channels.whatsapp.link_process")


class LinkChild:
    """A running link process. ``with`` it; ``request`` may be called from any thread."""

    def __init__(self, command: Sequence[str], start: dict[str, Any]) -> None:
        self._start = start
        self._events: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._answers = Answers()
        self._child = LineChild(command, "whatsapp-link", on_line=self._heard, on_end=self._ended)

    def __enter__(self) -> Self:
        try:
            self._child.__enter__()
        except OSError as error:
            raise ChannelUnreachable(f"whatsapp: the link process does not start: {error}") from error
        with suppress(ChannelUnreachable):  # one that has ended at once says so by the end of its events
            self._write({"op": "start"} | self._start)
        return self

    def __exit__(self, *_: object) -> None:
        self._answers.close()
        self._child.__exit__()

    def interrupt(self) -> None:
        """Let ``events`` end. Does not block."""
        self._events.put(None)

    def events(self) -> Iterator[dict[str, Any]]:
        """What the process tells, until it has ended or ``interrupt`` was called."""
        while (event := self._events.get()) is not None:
            yield event

    def left_over(self) -> list[dict[str, Any]]:
        """Events that nobody has read. After ``events`` has ended."""
        rest = []
        while not self._events.empty():
            event = self._events.get()
            rest += [] if event is None else [event]
        return rest

    def last_words(self) -> str:
        """What the process said of its end; may be empty."""
        return self._child.last_words()

    def request(self, op: str, timeout_seconds: float, **fields: Any) -> dict[str, Any]:
        """Ask for something. Raises a ChannelError class: of the answer, or as there was none."""
        try:
            said = self._answers.ask(lambda number: self._write({"op": op, "id": number} | fields), timeout_seconds)
        except ChildEnded:
            raise ChannelUnreachable("whatsapp: the connection has ended") from None
        except queue.Empty:
            raise ChannelOutcomeUnknown(f"whatsapp {op}: the link process does not answer") from None
        if said is None:
            raise ChannelOutcomeUnknown(f"whatsapp {op}: the link process has ended")
        if "ok" not in said:
            raise error_of(said.get("error"), op)
        ok = said["ok"]
        return ok if isinstance(ok, dict) else {}

    def _write(self, fields: dict[str, Any]) -> None:
        try:
            self._child.write(line_of(fields))
        except ChildEnded:
            raise ChannelUnreachable("whatsapp: the connection has ended") from None
        except OSError as error:
            raise ChannelUnreachable(f"whatsapp: the link process does not listen: {error}") from error

    def _heard(self, line: bytes) -> None:
        fields = fields_of(line)
        if fields is None:
            _log.warning("whatsapp: a line of the link process cannot be read")
        elif "event" in fields:
            self._events.put(fields)
        else:
            self._answers.give(fields.get("id"), fields)

    def _ended(self) -> None:
        self._answers.close()
        self._answers.release()
        self._events.put(None)

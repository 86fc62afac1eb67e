"""The lines of Ollama's stream as our events. One reader per call."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from openclaw.domain.run import StopReason, Usage
from openclaw.domain.transcript import ToolCallBlock
from openclaw.ports.provider import (
    ModelEvent,
    Stopped,
    TextDelta,
    ToolCallDone,
    UsageReport,
)
from openclaw.providers.model_stream import read_json
from openclaw.providers.thoughts import Thoughts
from openclaw.providers.tool_calls import finished_call
from openclaw.providers.vendor_errors import Redactor, VendorFailure, to_error

STOP_REASONS = {"stop": StopReason.STOP, "length": StopReason.LENGTH}

Json = dict[str, Any]


def iter_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a stream of JSON objects; a chunk may end anywhere."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (line for line in lines if line.strip())
    # Half a line is half an object, and is dropped.
    if rest.rstrip().endswith(b"}"):
        yield rest


class ChatReader:
    """Assembles one answer."""

    def __init__(self, provider: str, redactor: Redactor) -> None:
        self._provider = provider
        self._redactor = redactor
        self._thoughts = Thoughts()
        self._calls: list[ToolCallBlock] = []
        self._end: Json | None = None

    @property
    def stopped(self) -> bool:
        return self._end is not None

    @property
    def complete(self) -> bool:
        return self.stopped

    def feed(self, data: bytes) -> list[ModelEvent]:
        line = read_json(self._provider, data)
        if line.get("error"):
            raise to_error(self._provider, VendorFailure.read(line), self._redactor)
        events: list[ModelEvent] = []
        message = line.get("message") or {}
        if thought := message.get("thinking"):
            events += self._thoughts.add(thought)
        if text := message.get("content"):
            events += self._thoughts.end()
            events.append(TextDelta(text))
        for call in message.get("tool_calls") or ():
            function = call.get("function") or {}
            arguments = function.get("arguments")
            raw = arguments if isinstance(arguments, str) else json.dumps(arguments or {}, ensure_ascii=False)
            self._calls.append(finished_call(str(call.get("id") or ""), str(function.get("name") or ""), raw))
        if line.get("done"):
            self._end = line
        return events

    def finish(self) -> list[ModelEvent]:
        end = self._end or {}
        events = self._thoughts.end()
        events += [ToolCallDone(call) for call in self._calls]
        events.append(UsageReport(Usage(end.get("prompt_eval_count") or 0, end.get("eval_count") or 0)))
        reason = STOP_REASONS.get(str(end.get("done_reason") or ""), StopReason.STOP)
        if self._calls and reason is StopReason.STOP:
            reason = StopReason.TOOL_CALLS
        return [*events, Stopped(reason)]

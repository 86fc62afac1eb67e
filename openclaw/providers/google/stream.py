"""The chunks of ``streamGenerateContent`` as our events. One reader per call."""

from __future__ import annotations

import json
from typing import Any

from openclaw.domain.run import StopReason, Usage
from openclaw.ports.provider import (
    ModelEvent,
    Stopped,
    TextDelta,
    ToolCallDone,
    UsageReport,
)
from openclaw.providers.model_stream import read_json
from openclaw.providers.signatures import GOOGLE
from openclaw.providers.thoughts import Thoughts
from openclaw.providers.tool_calls import finished_call
from openclaw.providers.vendor_errors import Redactor, VendorFailure, to_error

Json = dict[str, Any]

#: Whatever is not here is one of the reasons for which an answer is held back.
STOP_REASONS = {
    "STOP": StopReason.STOP,
    "MAX_TOKENS": StopReason.LENGTH,
    "MALFORMED_FUNCTION_CALL": StopReason.STOP,
    "FINISH_REASON_UNSPECIFIED": StopReason.STOP,
    "OTHER": StopReason.STOP,
}


class GenerateReader:
    """Assembles one answer. A signature comes out as a block of thinking before the part that it belongs to."""

    def __init__(self, provider: str, redactor: Redactor) -> None:
        self._provider = provider
        self._redactor = redactor
        self._thoughts = Thoughts()
        self._usage: Json = {}
        self._finish_reason = ""
        self._called = False

    @property
    def stopped(self) -> bool:
        return bool(self._finish_reason)

    @property
    def complete(self) -> bool:
        """The usage comes with the reason, and nothing after it."""
        return self.stopped and bool(self._usage)

    def feed(self, data: bytes) -> list[ModelEvent]:
        chunk = read_json(self._provider, data)
        if chunk.get("error"):
            raise to_error(self._provider, VendorFailure.read(chunk), self._redactor)
        self._usage = chunk.get("usageMetadata") or self._usage
        events: list[ModelEvent] = []
        for candidate in (chunk.get("candidates") or ())[:1]:
            for part in (candidate.get("content") or {}).get("parts") or ():
                self._take(part, events)
            self._finish_reason = candidate.get("finishReason") or self._finish_reason
        if (chunk.get("promptFeedback") or {}).get("blockReason"):
            self._finish_reason = "BLOCKED"
        return events

    def finish(self) -> list[ModelEvent]:
        events = self._thoughts.end()
        if self._usage:
            events.append(UsageReport(_usage(self._usage)))
        reason = STOP_REASONS.get(self._finish_reason, StopReason.REFUSAL)
        if self._called and reason is StopReason.STOP:
            reason = StopReason.TOOL_CALLS
        return [*events, Stopped(reason)]

    def _take(self, part: Json, events: list[ModelEvent]) -> None:
        text, signature = part.get("text") or "", part.get("thoughtSignature") or ""
        if part.get("thought"):
            events += self._thoughts.add(text)
            return
        call = part.get("functionCall")
        if text or call or signature:
            events += self._thoughts.end(f"{GOOGLE}{signature}" if signature else "")
        if text:
            events.append(TextDelta(text))
        if call:
            self._called = True
            raw = json.dumps(call.get("args") or {}, ensure_ascii=False)
            events.append(ToolCallDone(finished_call(call.get("id") or "", call.get("name") or "", raw)))


def _usage(usage: Json) -> Usage:
    cached = usage.get("cachedContentTokenCount") or 0
    return Usage(
        input_tokens=max(0, (usage.get("promptTokenCount") or 0) - cached),
        output_tokens=(usage.get("candidatesTokenCount") or 0) + (usage.get("thoughtsTokenCount") or 0),
        cache_read_tokens=cached,
    )

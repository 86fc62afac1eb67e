"""The events of a Responses stream as ours. One reader per call.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

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
from openclaw.providers.signatures import OPENAI
from openclaw.providers.thoughts import Thoughts
from openclaw.providers.tool_calls import finished_call
from openclaw.providers.vendor_errors import Redactor, VendorFailure, to_error

Json = dict[str, Any]

_INCOMPLETE = {"max_output_tokens": StopReason.LENGTH, "content_filter": StopReason.REFUSAL}
_THOUGHTS = frozenset({"response.reasoning_summary_text.delta", "response.reasoning_text.delta"})
_ENDS = frozenset({"response.completed", "response.incomplete"})


class ResponseReader:
    """Assembles one answer. Items come whole when they are done; only text and thoughts are shown before."""

    def __init__(self, provider: str, redactor: Redactor) -> None:
        self._provider = provider
        self._redactor = redactor
        self._thoughts = Thoughts()
        self._called = False
        self._refused = False
        self._end: Json | None = None

    @property
    def stopped(self) -> bool:
        return self._end is not None

    @property
    def complete(self) -> bool:
        return self.stopped

    def feed(self, data: bytes) -> list[ModelEvent]:
        event = read_json(self._provider, data)
        kind = event.get("type", "")
        if kind == "response.output_text.delta":
            return [TextDelta(event["delta"])] if event.get("delta") else []
        if kind == "response.refusal.delta":
            self._refused = True
            return [TextDelta(event["delta"])] if event.get("delta") else []
        if kind in _THOUGHTS:
            return self._thoughts.add(event.get("delta") or "")
        if kind == "response.output_item.done":
            return self._item(event.get("item") or {})
        if kind in _ENDS:
            self._end = event.get("response") or {}
        elif kind in ("response.failed", "error") or "error" in event:
            raise self._failure(event)
        return []

    def finish(self) -> list[ModelEvent]:
        end = self._end or {}
        reason = _INCOMPLETE.get(str((end.get("incomplete_details") or {}).get("reason")))
        if reason is None:
            reason = StopReason.TOOL_CALLS if self._called else StopReason.STOP
        if self._refused:
            reason = StopReason.REFUSAL
        counted = [UsageReport(_usage(end["usage"]))] if end.get("usage") else []
        return [*counted, Stopped(reason)]

    def _item(self, item: Json) -> list[ModelEvent]:
        match item.get("type"):
            case "reasoning":
                kept = {key: item[key] for key in ("id", "encrypted_content") if item.get(key)}
                signature = f"{OPENAI}{json.dumps(kept)}" if "encrypted_content" in kept else ""
                return self._thoughts.end(signature)
            case "function_call":
                self._called = True
                call = finished_call(item.get("call_id") or "", item.get("name") or "", item.get("arguments") or "")
                return [ToolCallDone(call)]
        return []

    def _failure(self, event: Json) -> Exception:
        error = (event.get("response") or {}).get("error") or event.get("error") or event
        return to_error(self._provider, VendorFailure.read({"error": error}), self._redactor)


def _usage(usage: Json) -> Usage:
    cached = (usage.get("input_tokens_details") or {}).get("cached_tokens") or 0
    return Usage(
        input_tokens=max(0, (usage.get("input_tokens") or 0) - cached),
        output_tokens=usage.get("output_tokens") or 0,
        cache_read_tokens=cached,
    )

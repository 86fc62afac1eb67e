"""The chunks of a Chat Completions stream as our events.

One reader per call. A chunk's ``finish_reason`` stops the answer, the usage may follow it, ``[DONE]`` ends the stream
where vendors send it. Tool calls come out whole, at the end.
"""

from __future__ import annotations

from typing import Any

from openclaw.domain.run import StopReason, Usage
from openclaw.errors import Overloaded
from openclaw.ports.provider import (
    ModelEvent,
    Stopped,
    TextDelta,
    ToolCallDone,
    UsageReport,
)
from openclaw.providers.model_stream import read_json
from openclaw.providers.openai_compatible.tool_pieces import ToolPieces
from openclaw.providers.thoughts import Thoughts
from openclaw.providers.vendor_errors import Redactor, VendorFailure, to_error

STOP_REASONS = {
    "stop": StopReason.STOP,
    "length": StopReason.LENGTH,
    "model_length": StopReason.LENGTH,  # Mistral, at the end of the context
    "tool_calls": StopReason.TOOL_CALLS,
    "function_call": StopReason.TOOL_CALLS,
    "content_filter": StopReason.REFUSAL,
}

#: Reasons that mean that the vendor gave up: OpenRouter and Mistral, and DeepSeek.
_BREAKDOWNS = frozenset({"error", "insufficient_system_resource"})

Json = dict[str, Any]


class CompletionReader:
    """Assembles one answer."""

    def __init__(self, provider: str, redactor: Redactor) -> None:
        self._provider = provider
        self._redactor = redactor
        self._thoughts = Thoughts()
        self._tools = ToolPieces()
        self._usage: Json = {}
        self._finish_reason = ""
        self._refused = False
        self.complete = False

    @property
    def stopped(self) -> bool:
        return bool(self._finish_reason)

    def feed(self, data: bytes) -> list[ModelEvent]:
        if data.startswith(b"[DONE]"):
            self.complete = True
            return []
        chunk = read_json(self._provider, data)
        groq = chunk.get("x_groq") or {}
        error = chunk.get("error") or groq.get("error")
        # Older servers of vLLM send an error without a frame around it.
        if error or ("choices" not in chunk and "message" in chunk):
            raise to_error(self._provider, VendorFailure.read({**chunk, "error": error}), self._redactor)
        self._usage = chunk.get("usage") or groq.get("usage") or self._usage
        events: list[ModelEvent] = []
        for choice in (chunk.get("choices") or ())[:1]:
            delta = choice.get("delta")
            if delta:
                self._take(delta, events)
            if choice.get("finish_reason"):
                self._stop(choice["finish_reason"])
            if choice.get("usage"):
                self._usage = choice["usage"]
        return events

    def finish(self) -> list[ModelEvent]:
        events = self._thoughts.end()
        calls = self._tools.finish()
        events += [ToolCallDone(call) for call in calls]
        if self._usage:
            events.append(UsageReport(read_usage(self._usage)))
        reason = STOP_REASONS.get(self._finish_reason, StopReason.STOP)
        if self._refused:
            reason = StopReason.REFUSAL
        elif calls and reason is StopReason.STOP:
            reason = StopReason.TOOL_CALLS  # many vendors say "stop" beside tool calls
        return [*events, Stopped(reason)]

    def _take(self, delta: Json, events: list[ModelEvent]) -> None:
        thought = delta.get("reasoning_content") or delta.get("reasoning")
        text = delta.get("content")
        if isinstance(text, list):
            thought, text = _parts(text)
        if thought and isinstance(thought, str):
            events += self._thoughts.add(thought)
        if not text and delta.get("refusal"):
            text, self._refused = delta["refusal"], True
        if text:
            events += self._thoughts.end()
            events.append(TextDelta(text))
        for piece in delta.get("tool_calls") or ():
            self._tools.add(piece)

    def _stop(self, reason: str) -> None:
        if reason in _BREAKDOWNS:
            raise Overloaded(f"{self._provider}: the vendor broke off with an error")
        self._finish_reason = reason


def _parts(content: list[Json]) -> tuple[str, str]:
    """Thought and text of a content in parts: https://docs.mistral.ai/capabilities/reasoning"""
    thoughts = [said for part in content for said in part.get("thinking") or ()]
    return "".join(said.get("text") or "" for said in thoughts), "".join(part.get("text") or "" for part in content)


def read_usage(usage: Json) -> Usage:
    """Our count of a vendor's usage: cached input is counted apart, not twice."""
    details = usage.get("prompt_tokens_details") or {}
    cached = details.get("cached_tokens") or usage.get("prompt_cache_hit_tokens") or usage.get("cached_tokens") or 0
    return Usage(
        input_tokens=max(0, (usage.get("prompt_tokens") or 0) - cached),
        output_tokens=usage.get("completion_tokens") or 0,
        cache_read_tokens=cached,
    )

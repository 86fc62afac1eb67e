"""The events of a Messages stream as ours.

One reader per call. Content blocks come one after the other, each with its index; usage comes at the start and, as a
running total, with the stop reason.
"""

from __future__ import annotations

from typing import Any

from openclaw.domain.run import StopReason, Usage
from openclaw.domain.transcript import ThinkingBlock
from openclaw.ports.provider import (
    ModelEvent,
    Stopped,
    TextDelta,
    ThinkingDelta,
    ThinkingDone,
    ToolCallDone,
    UsageReport,
)
from openclaw.providers.anthropic.request import REDACTED_PREFIX
from openclaw.providers.model_stream import read_json
from openclaw.providers.tool_calls import finished_call
from openclaw.providers.vendor_errors import Redactor, VendorFailure, to_error

STOP_REASONS = {
    "end_turn": StopReason.STOP,
    "stop_sequence": StopReason.STOP,
    "pause_turn": StopReason.STOP,
    "max_tokens": StopReason.LENGTH,
    "model_context_window_exceeded": StopReason.LENGTH,
    "tool_use": StopReason.TOOL_CALLS,
    "refusal": StopReason.REFUSAL,
}

#: Fields of the vendor's usage in the order of ours.
_USAGE_FIELDS = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")

Json = dict[str, Any]
Events = tuple[ModelEvent, ...]


class MessageReader:
    """Assembles one message."""

    def __init__(self, provider: str, redactor: Redactor) -> None:
        self._provider = provider
        self._redactor = redactor
        self._block: Json = {}
        self._pieces: list[str] = []
        self._signature: list[str] = []
        self._usage: dict[str, int] = {}
        self._stop_reason = ""
        self.stopped = False

    @property
    def complete(self) -> bool:
        return self.stopped

    def feed(self, data: bytes) -> Events:
        event = read_json(self._provider, data)
        match event.get("type"):
            case "content_block_delta":
                return self._delta(event["delta"])
            case "content_block_start":
                return self._start(event["content_block"])
            case "content_block_stop":
                return self._end()
            case "message_start":
                return self._count(event["message"].get("usage"))
            case "message_delta":
                self._stop_reason = event["delta"].get("stop_reason") or self._stop_reason
                return self._count(event.get("usage"))
            case "message_stop":
                self.stopped = True
                return ()
            case "error":
                raise to_error(self._provider, VendorFailure.read(event), self._redactor)
        return ()  # pings, and whatever the vendor adds later

    def finish(self) -> list[ModelEvent]:
        return [Stopped(STOP_REASONS.get(self._stop_reason, StopReason.STOP))]

    def _start(self, block: Json) -> Events:
        self._block, self._pieces, self._signature = block, [], []
        match block["type"]:
            case "text" if block.get("text"):
                return (TextDelta(block["text"]),)
            case "thinking":
                self._signature.append(block.get("signature") or "")
                return self._think(block.get("thinking") or "")
        return ()

    def _delta(self, delta: Json) -> Events:
        match delta["type"]:
            case "text_delta":
                text = delta["text"]
                return (TextDelta(text),) if text else ()
            case "input_json_delta":
                self._pieces.append(delta["partial_json"])
            case "thinking_delta":
                return self._think(delta["thinking"])
            case "signature_delta":
                self._signature.append(delta["signature"])
        return ()

    def _think(self, text: str) -> Events:
        if not text:
            return ()
        self._pieces.append(text)
        return (ThinkingDelta(text),)

    def _end(self) -> Events:
        block, text = self._block, "".join(self._pieces)
        self._block, self._pieces = {}, []
        match block.get("type"):
            case "tool_use":
                whole = finished_call(block["id"], block["name"], text)
                # Without deltas the input stands in the block's start.
                if not text and block.get("input"):
                    whole = type(whole)(whole.id, whole.name, dict(block["input"]))
                return (ToolCallDone(whole),)
            case "thinking":
                return (ThinkingDone(ThinkingBlock(text, "".join(self._signature))),)
            case "redacted_thinking":
                return (ThinkingDone(ThinkingBlock("", REDACTED_PREFIX + block["data"])),)
        return ()

    def _count(self, usage: Json | None) -> Events:
        if not usage:
            return ()
        for name in _USAGE_FIELDS:
            if usage.get(name) is not None:
                self._usage[name] = usage[name]
        return (UsageReport(Usage(*(self._usage.get(name, 0) for name in _USAGE_FIELDS))),)

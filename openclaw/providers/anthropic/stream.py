"""The events of a Messages stream as ours.

One reader per call. Content blocks are told apart by their index, however their pieces are mixed; usage comes at the
start and, as a running total, with the stop reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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


@dataclass(slots=True)
class _Block:
    """One content block on its way: what it began with, and the pieces of its text, thought or input."""

    start: Json
    pieces: list[str] = field(default_factory=list)
    signature: list[str] = field(default_factory=list)


class MessageReader:
    """Assembles one message."""

    def __init__(self, provider: str, redactor: Redactor) -> None:
        self._provider = provider
        self._redactor = redactor
        self._blocks: dict[int, _Block] = {}
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
                return self._delta(self._blocks.setdefault(_index(event), _Block({})), event["delta"])
            case "content_block_start":
                self._blocks[_index(event)] = block = _Block(event["content_block"])
                return self._start(block)
            case "content_block_stop":
                return self._end(self._blocks.pop(_index(event), _Block({})))
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

    def _start(self, block: _Block) -> Events:
        match block.start["type"]:
            case "text" if block.start.get("text"):
                return (TextDelta(block.start["text"]),)
            case "thinking":
                block.signature.append(block.start.get("signature") or "")
                return self._think(block, block.start.get("thinking") or "")
        return ()

    def _delta(self, block: _Block, delta: Json) -> Events:
        match delta["type"]:
            case "text_delta":
                text = delta["text"]
                return (TextDelta(text),) if text else ()
            case "input_json_delta":
                block.pieces.append(delta["partial_json"])
            case "thinking_delta":
                return self._think(block, delta["thinking"])
            case "signature_delta":
                block.signature.append(delta["signature"])
        return ()

    @staticmethod
    def _think(block: _Block, text: str) -> Events:
        if not text:
            return ()
        block.pieces.append(text)
        return (ThinkingDelta(text),)

    @staticmethod
    def _end(whole: _Block) -> Events:
        block, text = whole.start, "".join(whole.pieces)
        match block.get("type"):
            case "tool_use":
                call = finished_call(block["id"], block["name"], text)
                # Without deltas the input stands in the block's start.
                if not text and block.get("input"):
                    call = type(call)(call.id, call.name, dict(block["input"]))
                return (ToolCallDone(call),)
            case "thinking":
                return (ThinkingDone(ThinkingBlock(text, "".join(whole.signature))),)
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


def _index(event: Json) -> int:
    return event.get("index") or 0

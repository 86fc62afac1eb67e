"""The events of ``ConverseStream`` as ours. One reader per call.

They come in AWS's binary frames with checksums, which botocore takes apart.
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.eventstream import EventStreamBuffer, ParserError

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
from openclaw.providers.signatures import BEDROCK
from openclaw.providers.thoughts import Thoughts
from openclaw.providers.tool_calls import finished_call
from openclaw.providers.vendor_errors import Redactor, VendorFailure, to_error

Json = dict[str, Any]

STOP_REASONS = {
    "end_turn": StopReason.STOP,
    "stop_sequence": StopReason.STOP,
    "tool_use": StopReason.TOOL_CALLS,
    "max_tokens": StopReason.LENGTH,
    "model_context_window_exceeded": StopReason.LENGTH,
    "guardrail_intervened": StopReason.REFUSAL,
    "content_filtered": StopReason.REFUSAL,
}


def iter_frames(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Each event as ``{"<its type>": <its JSON>}``. Raises Overloaded for a frame that arrived broken."""
    frames = EventStreamBuffer()
    try:
        for chunk in chunks:
            frames.add_data(chunk)
            for frame in frames:
                kind = frame.headers.get(":event-type") or frame.headers.get(":exception-type") or "unknown"
                yield b'{"%s":%s}' % (str(kind).encode(), frame.payload or b"{}")
    except ParserError as error:
        raise Overloaded(f"the vendor's stream is broken: {type(error).__name__}") from None


@dataclass(slots=True)
class _Block:
    """One content block on its way."""

    call_id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list)
    thoughts: Thoughts = field(default_factory=Thoughts)
    signature: str = ""


class ConverseReader:
    """Assembles one answer."""

    def __init__(self, provider: str, redactor: Redactor) -> None:
        self._provider = provider
        self._redactor = redactor
        self._blocks: dict[int, _Block] = {}
        self._stop = ""
        self._usage: Json | None = None

    @property
    def stopped(self) -> bool:
        return bool(self._stop)

    @property
    def complete(self) -> bool:
        """The usage is the last event."""
        return self.stopped and self._usage is not None

    def feed(self, data: bytes) -> list[ModelEvent]:
        for kind, event in read_json(self._provider, data).items():
            match kind:
                case "contentBlockStart":
                    started = (event.get("start") or {}).get("toolUse") or {}
                    self._blocks[_index(event)] = _Block(started.get("toolUseId") or "", started.get("name") or "")
                case "contentBlockDelta":
                    # Text and thoughts begin without a start.
                    return self._delta(self._blocks.setdefault(_index(event), _Block()), event.get("delta") or {})
                case "contentBlockStop":
                    return self._end_of_block(self._blocks.pop(_index(event), _Block()))
                case "messageStop":
                    self._stop = event.get("stopReason") or "end_turn"
                case "metadata":
                    self._usage = event.get("usage") or {}
                case _ if kind.lower().endswith(("exception", "error")):
                    failure = VendorFailure.read({"error": {"type": kind, **event}})
                    raise to_error(self._provider, failure, self._redactor)
        return []

    def finish(self) -> list[ModelEvent]:
        counted = [UsageReport(_usage(self._usage))] if self._usage else []
        return [*counted, Stopped(STOP_REASONS.get(self._stop, StopReason.STOP))]

    @staticmethod
    def _delta(block: _Block, delta: Json) -> list[ModelEvent]:
        if text := delta.get("text"):
            return [TextDelta(text)]
        if "toolUse" in delta:
            block.pieces.append(delta["toolUse"].get("input") or "")
        thought = delta.get("reasoningContent") or {}
        block.signature += thought.get("signature") or ""
        return block.thoughts.add(thought.get("text") or "")

    @staticmethod
    def _end_of_block(block: _Block) -> list[ModelEvent]:
        if block.name:
            return [ToolCallDone(finished_call(block.call_id, block.name, "".join(block.pieces)))]
        return block.thoughts.end(f"{BEDROCK}{block.signature}" if block.signature else "")


def _index(event: Json) -> int:
    return event.get("contentBlockIndex") or 0


def _usage(usage: Json) -> Usage:
    return Usage(
        input_tokens=usage.get("inputTokens") or 0,
        output_tokens=usage.get("outputTokens") or 0,
        cache_read_tokens=usage.get("cacheReadInputTokens") or 0,
        cache_write_tokens=usage.get("cacheWriteInputTokens") or 0,
    )

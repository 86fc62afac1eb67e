"""A conversation as another session's agent reads it: words, and tools if asked; never thoughts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from openclaw.domain.system_events import bounded_text
from openclaw.domain.transcript import ToolCallBlock, ToolResultBlock
from openclaw.ports.store.sessions import TranscriptEntry

#: Characters of one message. OpenClaw's limit.
TEXT_CHARS = 4_000
#: Characters of all messages together; the oldest go first.
ALL_CHARS = 60_000
#: Characters of what a tool was called with.
ARGUMENT_CHARS = 1_000


def message_rows(entries: Sequence[TranscriptEntry], *, tools: bool) -> list[dict[str, Any]]:
    """The messages, oldest first, without those that have nothing to show."""
    rows: list[dict[str, Any]] = []
    room = ALL_CHARS
    for entry in reversed(entries):
        row = _row(entry, tools=tools)
        if row is None:
            continue
        room -= len(str(row))
        if room < 0:
            break
        rows.append(row)
    return rows[::-1]


def _row(entry: TranscriptEntry, *, tools: bool) -> dict[str, Any] | None:
    message = entry.message
    row: dict[str, Any] = {}
    if message.text.strip():
        row["text"] = bounded_text(message.text, TEXT_CHARS)
    if tools:
        calls = [block for block in message.blocks if isinstance(block, ToolCallBlock)]
        results = [block for block in message.blocks if isinstance(block, ToolResultBlock)]
        if calls:
            row["calls"] = [{"name": call.name, "arguments": _arguments(call)} for call in calls]
        if results:
            row["results"] = [{"name": each.name, "text": bounded_text(each.text, TEXT_CHARS)} for each in results]
    return {"role": message.role, "at": entry.created_at_ms, **row} if row else None


def _arguments(call: ToolCallBlock) -> str:
    said = call.raw if call.arguments is None else json.dumps(call.arguments, ensure_ascii=False)
    return bounded_text(said, ARGUMENT_CHARS)

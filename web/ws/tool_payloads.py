"""How a tool call looks to clients that asked for tool events: a titled ``item`` and the call's own ``tool`` event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: The connection capability that ``item`` and ``tool`` events take.
TOOL_EVENTS = "tool-events"
_MAX_META_CHARS = 120


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call as it started. ``meta`` says in a few words what it works on."""

    id: str
    name: str
    args: Any
    started_at_ms: int

    @classmethod
    def from_start(cls, data: Mapping[str, Any], at_ms: int) -> ToolCall:
        return cls(str(data["call_id"]), str(data["name"]), data.get("args"), at_ms)

    @property
    def meta(self) -> str:
        if not isinstance(self.args, dict):
            return ""
        first = next((value for value in self.args.values() if isinstance(value, str) and value), "")
        line = " ".join(first.split())
        return line if len(line) <= _MAX_META_CHARS else line[: _MAX_META_CHARS - 1] + "…"

    def item(self, phase: str, status: str, **times: int) -> dict[str, Any]:
        title = self.name[:1].upper() + self.name[1:]
        return {
            "itemId": f"tool:{self.id}",
            "toolCallId": self.id,
            "name": self.name,
            "kind": "tool",
            "phase": phase,
            "title": f"{title} {self.meta}".rstrip(),
            "status": status,
            **({"meta": self.meta} if self.meta else {}),
            "commandBearing": isinstance(self.args, dict) and "command" in self.args,
            "startedAt": self.started_at_ms,
            **times,
        }

    def started(self) -> dict[str, Any]:
        return {"phase": "start", "name": self.name, "toolCallId": self.id, "args": self.args or {}}

    def result(self, text: str, *, is_error: bool) -> dict[str, Any]:
        return {
            "phase": "result",
            "name": self.name,
            "toolCallId": self.id,
            **({"meta": self.meta} if self.meta else {}),
            "isError": is_error,
            "result": {"content": [{"type": "text", "text": text}]},
        }

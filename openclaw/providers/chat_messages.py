"""What OpenAI's Chat Completions and the wires made after it say in the same JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from openclaw.ports.provider import ToolSpec

Json = dict[str, Any]


def system_message(system: str) -> Iterator[Json]:
    """The system prompt as a message; none where there is none."""
    if system.strip():
        yield {"role": "system", "content": system}


def function_tool(tool: ToolSpec) -> Json:
    """A tool that may be called."""
    return {
        "type": "function",
        "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
    }

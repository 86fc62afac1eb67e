"""What a test can ask of a wire server inside a user message.

| directive | effect |
|---|---|
| ``[[tool:NAME {json}]]`` | one tool call, then an answer with its result |
| ``[[slow:SECONDS]]`` | the answer takes that long in all |
| ``[[tokens:N]]`` | the answer has N deltas |
| ``[[status:CODE]]`` | an HTTP error |
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_TOOL = re.compile(r"\[\[tool:\s*([\w.-]+)\s*")
_NUMBER = re.compile(r"\[\[(slow|tokens|status):\s*([\d.]+)\s*\]\]")


@dataclass(frozen=True)
class Directives:
    """A message, read."""

    tools: tuple[tuple[str, dict[str, Any]], ...] = ()
    slow_seconds: float | None = None
    tokens: int | None = None
    status: int | None = None


def read(text: str) -> Directives:
    if "[[" not in text:
        return Directives()
    numbers = {name: float(value) for name, value in _NUMBER.findall(text)}
    tools = []
    for match in _TOOL.finditer(text):
        arguments = {}
        if text[match.end() : match.end() + 1] == "{":
            arguments, _ = json.JSONDecoder().raw_decode(text, match.end())
        tools.append((match[1], arguments))
    return Directives(
        tuple(tools),
        numbers.get("slow"),
        int(numbers["tokens"]) if "tokens" in numbers else None,
        int(numbers["status"]) if "status" in numbers else None,
    )


def words(said: str, count: int) -> list[str]:
    """``count`` deltas: first what was said, then filler."""
    return [said, *(f" word{n}" for n in range(1, count))][: max(1, count)]

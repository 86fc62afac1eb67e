"""What the last user message asks of the demo model: its plain text, and directives in double brackets.

| directive | effect |
|---|---|
| ``[[tool:NAME {json}]]`` | call the tool once, then answer with its result; several ones are called together |
| ``[[broken-args]]`` | the calls' arguments are not JSON (without a ``tool`` directive, the first tool is called) |
| ``[[slow:SECONDS]]`` | spread the answer over that time |
| ``[[tokens:N]]`` | answer with N words |
| ``[[fail:REASON]]`` | fail with that error instead |

A request that insists on a tool call gets one, without arguments; one that forbids them gets none.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from openclaw.domain.transcript import Message, ToolResultBlock
from openclaw.errors import BadModelRequest
from openclaw.ports.provider import ModelRequest

_DIRECTIVE = re.compile(r"\[\[(tool|slow|tokens|fail|broken-args)(?::\s*([^\s\]{]*))?\s*")
_MOST_TOKENS = 100_000


@dataclass(slots=True)
class Wishes:
    """The last user message, read."""

    text: str = ""
    tools: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    broken_arguments: bool = False
    slow_seconds: float = 0.0
    tokens: int | None = None
    failure: str = ""
    #: The results that came after that message: the tools have been called already.
    results: tuple[ToolResultBlock, ...] = ()


def read_wishes(request: ModelRequest) -> Wishes:
    """Raises BadModelRequest for a directive that cannot be read."""
    wishes = Wishes()
    last_user = ""
    results: list[ToolResultBlock] = []
    for message in request.messages:
        if message.role == "user":
            last_user = message.text
            results.clear()
        elif message.role == "tool":
            results += _results(message)
    wishes.results = tuple(results)
    wishes.text = _read_directives(last_user, wishes)
    choice = request.tool_choice
    wanted = wishes.broken_arguments or (choice.mode == "required" and request.tools and not results)
    if wanted and not wishes.tools:
        wishes.tools.append((choice.name or (request.tools[0].name if request.tools else "unknown"), {}))
    if choice.mode == "none":
        wishes.tools.clear()
    return wishes


def _results(message: Message) -> list[ToolResultBlock]:
    return [block for block in message.blocks if isinstance(block, ToolResultBlock)]


def _read_directives(text: str, wishes: Wishes) -> str:
    plain: list[str] = []
    position = 0
    while (match := _DIRECTIVE.search(text, position)) is not None:
        plain.append(text[position : match.start()])
        try:
            position = _apply(match, text, wishes)
        except ValueError:
            raise BadModelRequest(f"the demo model cannot read {text[match.start() :][:80]!r}") from None
    plain.append(text[position:])
    return " ".join("".join(plain).split())


def _apply(match: re.Match[str], text: str, wishes: Wishes) -> int:
    name, value, end = match[1], match[2] or "", match.end()
    if name == "tool":
        arguments: Any = {}
        if text[end : end + 1] == "{":
            arguments, end = json.JSONDecoder().raw_decode(text, end)
        wishes.tools.append((value, arguments))
    elif name == "slow":
        wishes.slow_seconds = float(value)
    elif name == "tokens":
        wishes.tokens = min(int(value), _MOST_TOKENS)
    elif name == "fail":
        wishes.failure = value
    else:
        wishes.broken_arguments = True
    close = re.compile(r"\s*\]\]").match(text, end)
    if close is None:
        raise ValueError(name)
    return close.end()

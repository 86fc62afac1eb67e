"""A conversation as a request tells it, and what of it is new.

What comes behind the assistant's last message is this turn's; everything before is history, which a conversation takes
only while it is empty. Instructions of the system and the developer are for this turn alone.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from openclaw.domain.transcript import Block, Message, TextBlock, ToolCallBlock, ToolResultBlock, messages_to_json
from web.http.openai.errors import invalid


@dataclass(frozen=True, slots=True)
class Conversation:
    """A request's conversation, divided."""

    system: str = ""
    history: tuple[Message, ...] = ()
    #: Tool results and whatever else comes before the last user message.
    preface: tuple[Message, ...] = ()
    #: The last user message; empty when the request ends with tool results.
    text: str = ""

    def to_options(self) -> dict[str, Any]:
        """What of it a message carries beside its text."""
        found = {
            "extra_system_prompt": self.system,
            "history": messages_to_json(self.history),
            "preface": messages_to_json(self.preface),
        }
        return {name: value for name, value in found.items() if value}

    @property
    def results(self) -> tuple[ToolResultBlock, ...]:
        """The tool results that are new."""
        return tuple(b for message in self.preface for b in message.blocks if isinstance(b, ToolResultBlock))

    def require_calls(self, known: Collection[str], param: str) -> None:
        """Refuse results of calls that the conversation does not hold. Raises ApiError."""
        for result in self.results:
            if result.call_id not in known:
                message = f"No tool call found for the tool output with call id '{result.call_id[:100]}'."
                raise invalid(message, param)


@dataclass(slots=True)
class Script:
    """A conversation being read, in the order in which it is told."""

    param: str
    system: list[str] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)

    def instruct(self, text: str) -> None:
        if text.strip():
            self.system.append(text.strip())

    def user(self, text: str) -> None:
        self.messages.append(Message("user", (TextBlock(text),)))

    def assistant(self, text: str, calls: Collection[ToolCallBlock] = (), *, go_on: bool = False) -> None:
        """What the assistant said and called; ``go_on`` adds it to the message before, if that is the assistant's."""
        blocks: tuple[Block, ...] = (*((TextBlock(text),) if text else ()), *calls)
        self._names |= {call.id: call.name for call in calls}
        if go_on and self.messages and self.messages[-1].role == "assistant":
            blocks = (*self.messages.pop().blocks, *blocks)
        self.messages.append(Message("assistant", blocks))

    def result(self, call_id: str, text: str) -> None:
        block = ToolResultBlock(call_id, self._names.get(call_id, ""), text)
        self.messages.append(Message("tool", (block,)))

    @property
    def call_ids(self) -> frozenset[str]:
        """The calls that are told."""
        return frozenset(self._names)

    def divide(self) -> Conversation:
        """Raises ApiError when nothing is left for the assistant to answer."""
        said = [index for index, message in enumerate(self.messages) if message.role == "assistant"]
        start = said[-1] + 1 if said else 0
        history, new = tuple(self.messages[:start]), tuple(self.messages[start:])
        if not new:
            raise invalid("The last message must be of the user or a tool's result.", self.param)
        last = new[-1]
        text = last.text if last.role == "user" else ""
        preface = new[:-1] if last.role == "user" else new
        if not text.strip() and not preface:
            raise invalid("The last message is empty.", self.param)
        return Conversation("\n\n".join(self.system), history, preface, text if text.strip() else "")


def tool_call(call_id: str, name: str, arguments: str) -> ToolCallBlock:
    """A call as it was answered before; its arguments may be no JSON object, as models do."""
    try:
        parsed = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        return ToolCallBlock(call_id, name, None, arguments)
    return ToolCallBlock(call_id, name, parsed)


def arguments_text(call: ToolCallBlock) -> str:
    """A call's arguments as the text that clients parse."""
    return json.dumps(call.arguments, ensure_ascii=False) if call.arguments is not None else call.raw

"""A session's conversation as the model sees it: messages made of blocks, and their repair."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

#: ``compaction`` stands in stored conversations only: a model sees such an entry as a user's message.
Role = Literal["user", "assistant", "tool", "compaction"]


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Plain text (markdown)."""

    text: str


@dataclass(frozen=True, slots=True)
class ThinkingBlock:
    """A model's reasoning; ``signature`` must go back to the vendor word for word."""

    text: str
    signature: str = ""


@dataclass(frozen=True, slots=True)
class ToolCallBlock:
    """A tool the model wants to run.

    ``arguments`` is ``None`` when the model sent something that is not a JSON object; ``raw`` is then what it sent.
    """

    id: str
    name: str
    arguments: dict[str, Any] | None
    raw: str = ""


@dataclass(frozen=True, slots=True)
class ToolResultBlock:
    """The outcome of one tool call, as the model sees it."""

    call_id: str
    name: str
    text: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class MediaBlock:
    """A file that came with a message. What it holds is kept elsewhere, under its id."""

    id: str
    mime: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class ImageBlock:
    """A picture as a vendor gets it. Stands in requests only."""

    mime: str
    #: Base64.
    data: str


Block = TextBlock | ThinkingBlock | ToolCallBlock | ToolResultBlock | MediaBlock | ImageBlock


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of one speaker. Tool results travel in messages of role ``tool``."""

    role: Role
    blocks: tuple[Block, ...]
    #: Its place in the session's transcript; 0 while it has none. Two messages that say the same are equal.
    seq: int = field(default=0, compare=False)

    @property
    def text(self) -> str:
        return "".join(b.text for b in self.blocks if isinstance(b, TextBlock))

    @property
    def tool_calls(self) -> tuple[ToolCallBlock, ...]:
        return tuple(b for b in self.blocks if isinstance(b, ToolCallBlock))


def user_text(text: str) -> Message:
    return Message("user", (TextBlock(text),))


def assistant_text(text: str) -> Message:
    return Message("assistant", (TextBlock(text),))


def tool_result(result: ToolResultBlock) -> Message:
    return Message("tool", (result,))


def block_to_json(block: Block) -> dict[str, Any]:
    """The stored form of a block."""
    match block:
        case TextBlock(text):
            return {"type": "text", "text": text}
        case ThinkingBlock(text, signature):
            return {"type": "thinking", "text": text, "signature": signature}
        case ToolCallBlock(id_, name, arguments, raw):
            return {"type": "tool_call", "id": id_, "name": name, "arguments": arguments, "raw": raw}
        case ToolResultBlock(call_id, name, text, is_error):
            return {
                "type": "tool_result",
                "call_id": call_id,
                "name": name,
                "text": text,
                "is_error": is_error,
            }
        case MediaBlock(id_, mime, name):
            return {"type": "media", "id": id_, "mime": mime, "name": name}
        case ImageBlock():
            raise TypeError("a picture stands in requests only")


def block_from_json(data: dict[str, Any]) -> Block:
    """The inverse of :func:`block_to_json`."""
    match data["type"]:
        case "text":
            return TextBlock(data["text"])
        case "thinking":
            return ThinkingBlock(data["text"], data["signature"])
        case "tool_call":
            return ToolCallBlock(data["id"], data["name"], data["arguments"], data["raw"])
        case "tool_result":
            return ToolResultBlock(data["call_id"], data["name"], data["text"], data["is_error"])
        case "media":
            return MediaBlock(data["id"], data["mime"], data["name"])
        case other:
            raise ValueError(f"unknown block type {other!r}")


def blocks_to_json(blocks: Iterable[Block]) -> list[dict[str, Any]]:
    return [block_to_json(b) for b in blocks]


def blocks_from_json(data: Iterable[dict[str, Any]]) -> tuple[Block, ...]:
    return tuple(block_from_json(d) for d in data)


def messages_to_json(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """Messages outside the transcript, e.g. those that a message brings along."""
    return [{"role": message.role, "blocks": blocks_to_json(message.blocks)} for message in messages]


def messages_from_json(data: Iterable[dict[str, Any]]) -> tuple[Message, ...]:
    """The inverse of :func:`messages_to_json`."""
    return tuple(Message(item["role"], blocks_from_json(item["blocks"])) for item in data)


#: What the model sees for a call whose result is not in the transcript.
MISSING_RESULT = "No result was recorded for this tool call."


def repair_pairs(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Make every tool call be followed by exactly its results, in call order.

    Results are moved directly behind the assistant message that asked; a missing one gets a synthetic error; doubled
    and orphan results are dropped; other messages of the span follow afterwards. Calls without an id, and a second one
    of the same id in a message, are dropped; an id that an earlier message used gets a number, with its result.
    Assistant messages left empty are dropped.
    """
    repaired: list[Message] = []
    used: dict[str, int] = {}
    index = 0
    while index < len(messages):
        message = _with_legal_calls(messages[index])
        index += 1
        if message.role == "tool" or not message.blocks:
            continue  # an orphan: results of the current call span are consumed below
        if message.role != "assistant" or not message.tool_calls:
            repaired.append(message)
            continue
        results: dict[str, ToolResultBlock] = {}
        others: list[Message] = []
        while index < len(messages) and messages[index].role != "assistant":
            span = messages[index]
            index += 1
            if span.role != "tool":
                others.append(span)
                continue
            for block in span.blocks:
                if isinstance(block, ToolResultBlock):
                    results.setdefault(block.call_id, block)
        answers = [
            results.get(call.id, ToolResultBlock(call.id, call.name, MISSING_RESULT, is_error=True))
            for call in message.tool_calls
        ]
        ids = {call.id: _unused(call.id, used) for call in message.tool_calls}
        repaired.append(replace(message, blocks=tuple(_renamed(block, ids) for block in message.blocks)))
        repaired.append(Message("tool", tuple(replace(answer, call_id=ids[answer.call_id]) for answer in answers)))
        repaired.extend(others)
    return tuple(repaired)


def _with_legal_calls(message: Message) -> Message:
    """Without calls that nothing could answer."""
    ids = [call.id for call in message.tool_calls]
    if all(ids) and len(set(ids)) == len(ids):
        return message
    seen = {""}
    kept: list[Block] = []
    for block in message.blocks:
        if isinstance(block, ToolCallBlock):
            if block.id in seen:
                continue
            seen.add(block.id)
        kept.append(block)
    return replace(message, blocks=tuple(kept))


def _unused(call_id: str, used: dict[str, int]) -> str:
    """An id that no earlier call has: some vendors count from nought in every answer, others refuse an id twice."""
    found, number = call_id, used.get(call_id, 0)
    while found in used:
        number += 1
        found = f"{call_id}_{number + 1}"
    used[call_id] = number
    used.setdefault(found, 0)
    return found


def _renamed(block: Block, ids: Mapping[str, str]) -> Block:
    return replace(block, id=ids[block.id]) if isinstance(block, ToolCallBlock) else block

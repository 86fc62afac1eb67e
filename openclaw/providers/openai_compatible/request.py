"""A ModelRequest as the JSON of ``POST /chat/completions``, in the dialect of whoever is asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from openclaw.domain.transcript import (
    ImageBlock,
    Message,
    TextBlock,
    ToolCallBlock,
    ToolResultBlock,
    repair_pairs,
)
from openclaw.ports.provider import ModelRequest, ToolChoice
from openclaw.providers.chat_messages import function_tool, system_message
from openclaw.providers.openai_compatible.dialects import USUAL, Dialect, thinking_fields
from openclaw.providers.thoughts import unsigned_thoughts
from openclaw.providers.tool_calls import arguments_to_send, exact_id, portable_id, portable_name

Json = dict[str, Any]

#: What is put into the assistant's mouth where it has to speak first.
_BETWEEN: Json = {"role": "assistant", "content": "OK."}


def build_request(request: ModelRequest, dialect: Dialect = USUAL) -> Json:
    """Build the request's body."""
    body: Json = {
        "model": request.model,
        "messages": [*system_message(request.system), *_messages(request.messages, dialect)],
        dialect.tokens_field: request.max_output_tokens,
        "stream": True,
    }
    if dialect.asks_usage:
        body["stream_options"] = {"include_usage": True}
    choice = request.tool_choice
    demanded = bool(request.tools) and choice.mode == "required"
    thinking = "off" if demanded and dialect.demand_stops_thinking else request.thinking
    if thinking:
        body |= thinking_fields(dialect, request.model, thinking)
    if request.tools:
        # Where a tool has no name to be demanded by, it is the only one to choose.
        only = choice.name if choice.name and not dialect.demands_by_name else ""
        body["tools"] = [function_tool(tool) for tool in request.tools if only in ("", tool.name)]
        body |= _choice(choice, dialect)
    return body


def _choice(choice: ToolChoice, dialect: Dialect) -> Json:
    """The vendor's default is left unsaid: not every server knows these fields."""
    said: Json = {}
    if choice.name and dialect.demands_by_name:
        said["tool_choice"] = {"type": "function", "function": {"name": choice.name}}
    elif choice.mode != "auto":
        said["tool_choice"] = choice.mode
    if not choice.parallel:
        said["parallel_tool_calls"] = False
    return said


def _messages(messages: tuple[Message, ...], dialect: Dialect) -> Iterator[Json]:
    before = ""
    for said in _said(messages, dialect):
        if dialect.speaks_after_tools and (before, said["role"]) == ("tool", "user"):
            yield _BETWEEN
        before = said["role"]
        yield said


def _said(messages: tuple[Message, ...], dialect: Dialect) -> Iterator[Json]:
    repaired = repair_pairs(messages)
    last_user = max((i for i, message in enumerate(repaired) if message.role == "user"), default=-1)
    for index, message in enumerate(repaired):
        if message.role == "tool":
            yield from _results(message, dialect)
        elif message.role == "user":
            if content := _user_content(message):
                yield {"role": "user", "content": content}
        elif spoken := _assistant(message, dialect, in_turn=index > last_user):
            yield spoken


def _user_content(message: Message) -> str | list[Json]:
    """Text alone as text, which every vendor takes; with pictures, parts in their order."""
    if not any(isinstance(block, ImageBlock) for block in message.blocks):
        return message.text
    parts: list[Json] = []
    for block in message.blocks:
        match block:
            case TextBlock(text) if text.strip():
                parts.append({"type": "text", "text": text})
            case ImageBlock(mime, data):
                parts.append({"type": "image_url", "image_url": {"url": f"data:{mime};base64,{data}"}})
    return parts


def _assistant(message: Message, dialect: Dialect, *, in_turn: bool) -> Json | None:
    calls = message.tool_calls
    if not calls and not message.text:
        return None
    spoken: Json = {"role": "assistant", "content": message.text or None}
    if calls:
        spoken["tool_calls"] = [_call(call, dialect) for call in calls]
    thoughts = unsigned_thoughts(message)
    if dialect.reasoning_back == "always" or (dialect.reasoning_back == "turn" and in_turn and calls and thoughts):
        spoken |= dict.fromkeys(dialect.reasoning_fields, thoughts)
    return spoken


def _call(call: ToolCallBlock, dialect: Dialect) -> Json:
    return {
        "id": _id(call.id, dialect),
        "type": "function",
        "function": {
            "name": portable_name(call.name),
            "arguments": json.dumps(arguments_to_send(call), ensure_ascii=False),
        },
    }


def _results(message: Message, dialect: Dialect) -> Iterator[Json]:
    for block in message.blocks:
        if isinstance(block, ToolResultBlock):
            yield {"role": "tool", "tool_call_id": _id(block.call_id, dialect), "content": block.text}


def _id(call_id: str, dialect: Dialect) -> str:
    return exact_id(call_id, dialect.id_chars) if dialect.exact_ids else portable_id(call_id, dialect.id_chars)

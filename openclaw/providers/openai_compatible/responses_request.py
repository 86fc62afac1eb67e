"""A ModelRequest as the JSON of ``POST /responses``.

https://platform.openai.com/docs/api-reference/responses/create. Nothing is stored at the vendor: reasoning comes
encrypted and goes back in its place, before what it led to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from openclaw.domain.transcript import (
    ImageBlock,
    Message,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    ToolResultBlock,
    repair_pairs,
)
from openclaw.ports.provider import ModelRequest, ToolChoice, ToolSpec
from openclaw.providers.openai_compatible.effort import effort_of
from openclaw.providers.signatures import OPENAI, payload_of
from openclaw.providers.tool_calls import arguments_to_send, portable_id, portable_name

Json = dict[str, Any]

#: The longest id of a call.
_ID_LIMIT = 64


def build_request(request: ModelRequest, *, reasons: bool) -> Json:
    """Build the request's body; ``reasons`` for a model that does, which then says so in an encrypted form."""
    body: Json = {
        "model": request.model,
        "input": list(_items(request.messages, with_reasoning=reasons)),
        "max_output_tokens": request.max_output_tokens,
        "stream": True,
        "store": False,
    }
    if request.system.strip():
        body["instructions"] = request.system
    if reasons:
        body["include"] = ["reasoning.encrypted_content"]
        body["reasoning"] = {"summary": "auto"}
        if request.thinking:
            body["reasoning"]["effort"] = effort_of(request.model, request.thinking)
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
        body |= _choice(request.tool_choice)
    return body


def _choice(choice: ToolChoice) -> Json:
    said: Json = {}
    if choice.name:
        said["tool_choice"] = {"type": "function", "name": choice.name}
    elif choice.mode != "auto":
        said["tool_choice"] = choice.mode
    if not choice.parallel:
        said["parallel_tool_calls"] = False
    return said


def _tool(tool: ToolSpec) -> Json:
    # Strict schemas take a form that tools of plugins and MCP servers do not have.
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
        "strict": False,
    }


def _items(messages: tuple[Message, ...], *, with_reasoning: bool) -> Iterator[Json]:
    for message in repair_pairs(messages):
        match message.role:
            case "tool":
                yield from _results(message)
            case "user":
                if content := list(_user_parts(message)):
                    yield {"role": "user", "content": content}
            case _:
                yield from _assistant(message, with_reasoning=with_reasoning)


def _user_parts(message: Message) -> Iterator[Json]:
    for block in message.blocks:
        match block:
            case TextBlock(text) if text.strip():
                yield {"type": "input_text", "text": text}
            case ImageBlock(mime, data):
                yield {"type": "input_image", "image_url": f"data:{mime};base64,{data}"}


def _assistant(message: Message, *, with_reasoning: bool) -> Iterator[Json]:
    """What was said, in its order. Reasoning that nothing follows is refused, so it is left out."""
    items = [item for block in message.blocks if (item := _item(block, with_reasoning=with_reasoning)) is not None]
    while items and items[-1].get("type") == "reasoning":
        items.pop()
    yield from items


def _item(block: object, *, with_reasoning: bool) -> Json | None:
    match block:
        case TextBlock(text) if text.strip():
            return {"role": "assistant", "content": text}
        case ThinkingBlock(_, signature) if with_reasoning and (payload := payload_of(OPENAI, signature)):
            return {"type": "reasoning", "summary": [], **json.loads(payload)}
        case ToolCallBlock():
            return {
                "type": "function_call",
                "call_id": portable_id(block.id, _ID_LIMIT),
                "name": portable_name(block.name),
                "arguments": json.dumps(arguments_to_send(block), ensure_ascii=False),
            }
    return None


def _results(message: Message) -> Iterator[Json]:
    for block in message.blocks:
        if isinstance(block, ToolResultBlock):
            call_id = portable_id(block.call_id, _ID_LIMIT)
            yield {"type": "function_call_output", "call_id": call_id, "output": block.text}

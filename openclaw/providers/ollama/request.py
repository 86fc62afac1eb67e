"""A ModelRequest as the JSON of ``POST /api/chat``.

https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from openclaw.domain.transcript import ImageBlock, Message, TextBlock, ToolResultBlock, repair_pairs
from openclaw.ports.provider import ModelRequest
from openclaw.providers.chat_messages import function_tool, system_message
from openclaw.providers.thoughts import unsigned_thoughts
from openclaw.providers.tool_calls import arguments_to_send, portable_name

Json = dict[str, Any]

#: Models that think at a level; others think or do not.
_LEVELLED = "gpt-oss"
_LEVELS = {"minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "high"}


def build_request(request: ModelRequest, num_ctx: int = 0) -> Json:
    """Build the request's body. ``num_ctx`` is the size of the context in tokens; 0 leaves it to the server."""
    options: Json = {"num_predict": request.max_output_tokens}
    if num_ctx:
        options["num_ctx"] = num_ctx
    body: Json = {
        "model": request.model,
        "messages": [*system_message(request.system), *_messages(request.messages)],
        "stream": True,
        "options": options,
    }
    if request.thinking:
        body["think"] = _think(request.model, request.thinking)
    # It has no word for tools that must be called: those that must not are left out.
    if request.tools and request.tool_choice.mode != "none":
        wanted = request.tool_choice.name
        body["tools"] = [function_tool(tool) for tool in request.tools if not wanted or tool.name == wanted]
    return body


def _think(model: str, level: str) -> bool | str:
    if _LEVELLED in model:
        return _LEVELS.get(level, "low")
    return level != "off"


def _messages(messages: tuple[Message, ...]) -> Iterator[Json]:
    repaired = repair_pairs(messages)
    last_user = max((i for i, message in enumerate(repaired) if message.role == "user"), default=-1)
    # Calls have no ids here: a result belongs to the call in its place, and has its name.
    names: dict[str, str] = {}
    for index, message in enumerate(repaired):
        names |= {call.id: call.name for call in message.tool_calls}
        match message.role:
            case "tool":
                for block in message.blocks:
                    if isinstance(block, ToolResultBlock):
                        name = portable_name(names.get(block.call_id, block.name))
                        yield {"role": "tool", "tool_name": name, "content": block.text}
            case "user":
                images = [block.data for block in message.blocks if isinstance(block, ImageBlock)]
                if message.text.strip() or images:
                    yield {"role": "user", "content": message.text} | ({"images": images} if images else {})
            case _:
                yield from _assistant(message, with_thoughts=index > last_user)


def _assistant(message: Message, *, with_thoughts: bool) -> Iterator[Json]:
    said: Json = {"role": "assistant", "content": "".join(b.text for b in message.blocks if isinstance(b, TextBlock))}
    if message.tool_calls:
        said["tool_calls"] = [
            {"function": {"name": portable_name(call.name), "arguments": arguments_to_send(call)}}
            for call in message.tool_calls
        ]
    thoughts = unsigned_thoughts(message)
    if with_thoughts and thoughts:
        said["thinking"] = thoughts
    if said["content"].strip() or message.tool_calls:
        yield said

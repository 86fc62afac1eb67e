"""A ModelRequest as the JSON of ``POST /v1/messages``.

What the API demands and the transcript does not: users and assistants take turns, a user speaks first, tool results
come before anything else of their message, no text is blank, tool ids are plain.
"""

from __future__ import annotations

from typing import Any

from openclaw.domain.transcript import (
    Block,
    ImageBlock,
    MediaBlock,
    Message,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    ToolResultBlock,
    repair_pairs,
)
from openclaw.ports.provider import FREE_CHOICE, ModelRequest, ToolChoice, ToolSpec
from openclaw.providers.anthropic.thinking import thinking_of
from openclaw.providers.signatures import is_marked
from openclaw.providers.tool_calls import arguments_to_send, portable_id, portable_name

#: Marks the signature of a ThinkingBlock that holds the data of a redacted block.
REDACTED_PREFIX = "redacted_thinking:"

_CHOICES = {"auto": "auto", "none": "none", "required": "any"}
_CACHED = {"type": "ephemeral"}
#: The API takes four marks; tools and system prompt have one each.
_CACHED_TURNS = 2
_ID_LIMIT = 64
_OPENING = "(The conversation goes on.)"
_NO_OUTPUT = "(no output)"

Json = dict[str, Any]


def build_request(request: ModelRequest) -> Json:
    """Build the request's body. The tools, the system prompt and the conversation are marked for the prompt cache.

    The newest two messages of users (results of tools are such) are marked: the older mark is where the call before
    this one wrote to the cache, the newer is where the next one will find it.
    """
    body: Json = {
        "model": request.model,
        "max_tokens": request.max_output_tokens,
        "messages": _messages(request.messages),
        "stream": True,
    }
    for turn in [turn for turn in body["messages"] if turn["role"] == "user"][-_CACHED_TURNS:]:
        turn["content"][-1] = {**turn["content"][-1], "cache_control": _CACHED}
    if request.system.strip():
        body["system"] = [{"type": "text", "text": request.system, "cache_control": _CACHED}]
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
        body["tools"][-1]["cache_control"] = _CACHED
        if request.tool_choice != FREE_CHOICE:
            body["tool_choice"] = _choice(request.tool_choice)
    return body | thinking_of(request)


def _choice(choice: ToolChoice) -> Json:
    said: Json = {"type": "tool", "name": choice.name} if choice.name else {"type": _CHOICES[choice.mode]}
    if not choice.parallel and choice.mode != "none":
        said["disable_parallel_tool_use"] = True
    return said


def _tool(tool: ToolSpec) -> Json:
    return {"name": tool.name, "description": tool.description, "input_schema": tool.parameters}


def _messages(messages: tuple[Message, ...]) -> list[Json]:
    turns: list[Json] = []
    for message in repair_pairs(messages):
        content = [part for block in message.blocks if (part := _part(block)) is not None]
        if not content:
            continue
        role = "assistant" if message.role == "assistant" else "user"
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += content
        else:
            turns.append({"role": role, "content": content})
    for turn in turns:
        if turn["role"] == "user":
            turn["content"].sort(key=lambda part: part["type"] != "tool_result")
    if turns and turns[0]["role"] == "assistant":
        turns.insert(0, {"role": "user", "content": [{"type": "text", "text": _OPENING}]})
    return turns


def _part(block: Block) -> Json | None:
    match block:
        case TextBlock(text):
            return {"type": "text", "text": text} if text.strip() else None
        case ThinkingBlock(text, signature):
            if signature.startswith(REDACTED_PREFIX):
                return {"type": "redacted_thinking", "data": signature.removeprefix(REDACTED_PREFIX)}
            # Unsigned thinking is another vendor's, or was cut: the API refuses it.
            if not signature or is_marked(signature):
                return None
            return {"type": "thinking", "thinking": text, "signature": signature}
        case ToolCallBlock(call_id, name):
            return {
                "type": "tool_use",
                "id": portable_id(call_id, _ID_LIMIT),
                "name": portable_name(name),
                "input": arguments_to_send(block),
            }
        case ToolResultBlock(call_id, _, text, is_error):
            result: Json = {
                "type": "tool_result",
                "tool_use_id": portable_id(call_id, _ID_LIMIT),
                "content": text if text.strip() else _NO_OUTPUT,
            }
            if is_error:
                result["is_error"] = True
            return result
        case ImageBlock(mime, data):
            return {"type": "image", "source": {"type": "base64", "media_type": mime, "data": data}}
        case MediaBlock():
            return None  # what could be said of it stands beside it

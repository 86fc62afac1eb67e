"""A ModelRequest as the JSON of ``ConverseStream``.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
"""

from __future__ import annotations

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
from openclaw.ports.provider import ModelRequest, ToolChoice
from openclaw.providers.signatures import BEDROCK, payload_of
from openclaw.providers.tool_calls import arguments_to_send, portable_id, portable_name

Json = dict[str, Any]

_ID_LIMIT = 64
#: A conversation begins with a person, and no text may be blank.
_BEGINNING: Json = {"text": "(The conversation goes on.)"}
_NOTHING = "(nothing)"
#: How many tokens Claude may think, by the level that is wished; fewer than a thousand it refuses.
_BUDGETS = {"minimal": 1_024, "low": 2_048, "medium": 8_192, "high": 16_384, "xhigh": 32_768}
_LEAST = 1_024


def build_request(request: ModelRequest) -> Json:
    """Build the request's body."""
    body: Json = {
        "messages": _messages(request.messages),
        "inferenceConfig": {"maxTokens": request.max_output_tokens},
    }
    if request.system.strip():
        body["system"] = [{"text": request.system}]
    if request.tools:
        body["toolConfig"] = {
            "tools": [
                {
                    "toolSpec": {
                        "name": tool.name,
                        "description": tool.description or tool.name,
                        "inputSchema": {"json": tool.parameters},
                    }
                }
                for tool in request.tools
            ],
            **_choice(request.tool_choice),
        }
    if thinking := _thinking(request):
        body["additionalModelRequestFields"] = {"thinking": thinking}
    return body


def _choice(choice: ToolChoice) -> Json:
    """It has no word for tools that must not be called."""
    if choice.name:
        return {"toolChoice": {"tool": {"name": choice.name}}}
    return {"toolChoice": {"any": {}}} if choice.mode == "required" else {}


def _thinking(request: ModelRequest) -> Json | None:
    budget = min(_BUDGETS.get(request.thinking, 0), request.max_output_tokens // 2)
    if "anthropic" not in request.model or budget < _LEAST or request.tool_choice.mode == "required":
        return None
    return {"type": "enabled", "budget_tokens": budget}


def _messages(messages: tuple[Message, ...]) -> list[Json]:
    """Speakers take turns: what one says in several messages is one."""
    turns: list[Json] = []
    for message in repair_pairs(messages):
        role = "assistant" if message.role == "assistant" else "user"
        content = list(_content(message))
        if role == "assistant" and not any("reasoningContent" not in part for part in content):
            continue
        if not content:
            continue
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += content
        else:
            turns.append({"role": role, "content": content})
    if turns and turns[0]["role"] == "assistant":
        turns.insert(0, {"role": "user", "content": [_BEGINNING]})
    return turns


def _content(message: Message) -> Iterator[Json]:
    for block in message.blocks:
        match block:
            case TextBlock(text) if text.strip():
                yield {"text": text}
            case ImageBlock(mime, data):
                yield {"image": {"format": mime.rpartition("/")[2], "source": {"bytes": data}}}
            case ThinkingBlock(text, signature) if payload := payload_of(BEDROCK, signature):
                yield {"reasoningContent": {"reasoningText": {"text": text, "signature": payload}}}
            case ToolCallBlock():
                call_id, name = portable_id(block.id, _ID_LIMIT), portable_name(block.name)
                yield {"toolUse": {"toolUseId": call_id, "name": name, "input": arguments_to_send(block)}}
            case ToolResultBlock():
                yield {
                    "toolResult": {
                        "toolUseId": portable_id(block.call_id, _ID_LIMIT),
                        "content": [{"text": block.text if block.text.strip() else _NOTHING}],
                        "status": "error" if block.is_error else "success",
                    }
                }

"""A ModelRequest as the JSON of ``streamGenerateContent``.

https://ai.google.dev/api/generate-content, and for signatures https://ai.google.dev/gemini-api/docs/thought-signatures:
they go back in the very part that they came with, which here is the one behind a ThinkingBlock.
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
from openclaw.providers.signatures import GOOGLE, payload_of
from openclaw.providers.tool_calls import arguments_to_send, portable_name

Json = dict[str, Any]

#: What stands for the signature of a call that another vendor's model made; without any the newer models refuse it.
UNSIGNED = "skip_thought_signature_validator"
_SIGNING = "gemini-3"
#: How many tokens older models may think, by the level that is wished.
_BUDGETS = {"minimal": 512, "low": 1_024, "medium": 8_192, "high": 24_576, "xhigh": 32_768}
#: The least that a model thinks which cannot do without.
_LEAST = 128
_MODES = {"auto": "AUTO", "none": "NONE", "required": "ANY"}
#: A conversation begins with a person.
_BEGINNING: Json = {"role": "user", "parts": [{"text": "(The conversation goes on.)"}]}


def build_request(request: ModelRequest) -> Json:
    """Build the request's body."""
    contents = list(_contents(request))
    if contents and contents[0]["role"] == "model":
        contents.insert(0, _BEGINNING)
    generation: Json = {"maxOutputTokens": request.max_output_tokens}
    if request.thinking:
        generation["thinkingConfig"] = _thinking(request.model, request.thinking)
    body: Json = {"contents": contents, "generationConfig": generation}
    if request.system.strip():
        body["systemInstruction"] = {"parts": [{"text": request.system}]}
    if request.tools:
        declared = [
            {"name": tool.name, "description": tool.description, "parametersJsonSchema": tool.parameters}
            for tool in request.tools
        ]
        body["tools"] = [{"functionDeclarations": declared}]
        body |= _choice(request.tool_choice)
    return body


def _choice(choice: ToolChoice) -> Json:
    if choice.mode == "auto" and not choice.name:
        return {}
    calling: Json = {"mode": "ANY" if choice.name else _MODES[choice.mode]}
    if choice.name:
        calling["allowedFunctionNames"] = [choice.name]
    return {"toolConfig": {"functionCallingConfig": calling}}


def _thinking(model: str, level: str) -> Json:
    if model.startswith(_SIGNING):
        return {"thinkingLevel": "high" if level in ("medium", "high", "xhigh") else "low", "includeThoughts": True}
    if level == "off":
        return {"thinkingBudget": _LEAST if "pro" in model else 0}
    return {"thinkingBudget": _BUDGETS[level], "includeThoughts": True}


def _contents(request: ModelRequest) -> Iterator[Json]:
    names: dict[str, str] = {}
    for message in repair_pairs(request.messages):
        names |= {call.id: call.name for call in message.tool_calls}
        match message.role:
            case "tool":
                role, parts = "user", list(_results(message, names))
            case "user":
                role, parts = "user", list(_user_parts(message))
            case _:
                role, parts = "model", _model_parts(message, signs=request.model.startswith(_SIGNING))
        if parts:
            yield {"role": role, "parts": parts}


def _user_parts(message: Message) -> Iterator[Json]:
    for block in message.blocks:
        match block:
            case TextBlock(text) if text.strip():
                yield {"text": text}
            case ImageBlock(mime, data):
                yield {"inlineData": {"mimeType": mime, "data": data}}


def _results(message: Message, names: dict[str, str]) -> Iterator[Json]:
    for block in message.blocks:
        if isinstance(block, ToolResultBlock):
            name = portable_name(names.get(block.call_id, block.name))
            told = {"error" if block.is_error else "output": block.text}
            yield {"functionResponse": {"name": name, "response": told}}


def _model_parts(message: Message, *, signs: bool) -> list[Json]:
    parts: list[Json] = []
    signature = ""
    for block in message.blocks:
        match block:
            case ThinkingBlock(_, signed):
                signature = payload_of(GOOGLE, signed) or signature
                continue
            case TextBlock(text) if text.strip():
                part: Json = {"text": text}
            case ToolCallBlock():
                part = {"functionCall": {"name": portable_name(block.name), "args": arguments_to_send(block)}}
            case _:
                continue
        if signature:
            part["thoughtSignature"], signature = signature, ""
        parts.append(part)
    if signature and parts:
        parts.append({"text": "", "thoughtSignature": signature})
    calls = [part for part in parts if "functionCall" in part]
    if signs and calls and "thoughtSignature" not in calls[0]:
        calls[0]["thoughtSignature"] = UNSIGNED
    return parts

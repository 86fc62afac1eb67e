"""A server that speaks Anthropic's Messages stream.

https://docs.anthropic.com/en/docs/build-with-claude/streaming
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tests.wire.model_server import Calls, ModelServer
from tests.wire.sse_server import RecordedRequest, Step

Json = dict[str, Any]


def event(kind: str, **fields: Any) -> bytes:
    data = json.dumps({"type": kind, **fields}, ensure_ascii=False, separators=(",", ":"))
    return f"event: {kind}\ndata: {data}\n\n".encode()


PING = event("ping")
STOP = event("message_stop")


def start(input_tokens: int = 10, cache_read: int = 0, cache_write: int = 0) -> bytes:
    counted = {
        "input_tokens": input_tokens,
        "cache_creation_input_tokens": cache_write,
        "cache_read_input_tokens": cache_read,
        "output_tokens": 1,
    }
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "wire-1",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": counted,
    }
    return event("message_start", message=message)


def open_block(index: int, **block: Any) -> bytes:
    return event("content_block_start", index=index, content_block=block)


def delta(index: int, kind: str, **fields: Any) -> bytes:
    return event("content_block_delta", index=index, delta={"type": kind, **fields})


def close_block(index: int) -> bytes:
    return event("content_block_stop", index=index)


def text_block(index: int, *pieces: str) -> bytes:
    deltas = b"".join(delta(index, "text_delta", text=piece) for piece in pieces)
    return open_block(index, type="text", text="") + deltas + close_block(index)


def open_tool(index: int, call_id: str, name: str) -> bytes:
    return open_block(index, type="tool_use", id=call_id, name=name, input={})


def tool_block(index: int, call_id: str, name: str, *pieces: str) -> bytes:
    deltas = b"".join(delta(index, "input_json_delta", partial_json=piece) for piece in pieces)
    return open_tool(index, call_id, name) + deltas + close_block(index)


def ending(stop_reason: str, output_tokens: int = 5) -> bytes:
    """The last two events."""
    stop = {"stop_reason": stop_reason, "stop_sequence": None}
    return event("message_delta", delta=stop, usage={"output_tokens": output_tokens}) + STOP


def error_body(message: str, kind: str = "invalid_request_error") -> Json:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}


def _parts(message: Json) -> list[Json]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


class AnthropicWireServer(ModelServer):
    """Tools' results come in a message of the user's."""

    path = ("/v1/messages", "/v1/models?limit=1000")

    def text_of(self, request: RecordedRequest) -> str:
        for message in reversed(request.body.get("messages", ())):
            if message["role"] == "user":
                text = "".join(part.get("text", "") for part in _parts(message))
                if text:
                    return text
        return ""

    def result_of(self, request: RecordedRequest) -> str | None:
        results = [part for part in _parts(request.body["messages"][-1]) if part["type"] == "tool_result"]
        return results[-1]["content"] if results else None

    def refusal(self, message: str, status: int) -> Json:
        return error_body(message)

    def begin(self, prompt: int) -> bytes:
        return start(prompt) + open_block(0, type="text", text="") + PING

    def say(self, word: str) -> bytes:
        return delta(0, "text_delta", text=word)

    def end(self, prompt: int, output: int) -> bytes:
        return close_block(0) + ending("end_turn", output)

    def call(self, tools: Calls) -> Iterable[Step]:
        yield start()
        for index, (name, arguments) in enumerate(tools):
            yield tool_block(index, f"toolu_{index}_{name}", name, json.dumps(arguments))
        yield ending("tool_use")

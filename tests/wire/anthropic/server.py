"""A server that speaks Anthropic's Messages stream.

https://docs.anthropic.com/en/docs/build-with-claude/streaming
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.wire import directives
from tests.wire.sse_server import RecordedRequest, Reply, SSEServer, Step

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


def tool_block(index: int, call_id: str, name: str, *pieces: str) -> bytes:
    deltas = b"".join(delta(index, "input_json_delta", partial_json=piece) for piece in pieces)
    return open_block(index, type="tool_use", id=call_id, name=name, input={}) + deltas + close_block(index)


def ending(stop_reason: str, output_tokens: int = 5) -> bytes:
    """The last two events."""
    stop = {"stop_reason": stop_reason, "stop_sequence": None}
    return event("message_delta", delta=stop, usage={"output_tokens": output_tokens}) + STOP


def error_body(message: str, kind: str = "invalid_request_error") -> Json:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}


def _parts(message: Json) -> list[Json]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


class AnthropicWireServer(SSEServer):
    """``base_url`` is what a provider is configured with."""

    path = "/v1/messages"

    @property
    def base_url(self) -> str:
        return self.url

    def text_of(self, request: RecordedRequest) -> str:
        for message in reversed(request.body.get("messages", ())):
            if message["role"] == "user":
                text = "".join(part.get("text", "") for part in _parts(message))
                if text:
                    return text
        return ""

    def reply_to(self, request: RecordedRequest) -> Reply:
        said = self.text_of(request)
        wanted = directives.read(said)
        if wanted.status is not None:
            return Reply.of_json(error_body(f"asked for {wanted.status}"), wanted.status)
        results = [p for p in _parts(request.body["messages"][-1]) if p["type"] == "tool_result"]
        if wanted.tools and not results:
            return Reply(self._calls(wanted.tools))
        answer = f"Tool said: {results[-1]['content']}" if results else f"You said: {said}"
        count = wanted.tokens or self.tokens
        pause = self.delay_seconds if wanted.slow_seconds is None else wanted.slow_seconds / count
        return Reply(self._text(directives.words(answer, count), pause, len(said)))

    @staticmethod
    def _text(words: list[str], pause: float, prompt: int) -> Iterator[Step]:
        yield start(prompt)
        yield open_block(0, type="text", text="")
        yield PING
        for word in words:
            if pause:
                yield pause
            yield delta(0, "text_delta", text=word)
        yield close_block(0)
        yield ending("end_turn", len(words))

    @staticmethod
    def _calls(tools: tuple[tuple[str, Json], ...]) -> Iterator[Step]:
        yield start()
        for index, (name, arguments) in enumerate(tools):
            yield tool_block(index, f"toolu_{index}_{name}", name, json.dumps(arguments))
        yield ending("tool_use")

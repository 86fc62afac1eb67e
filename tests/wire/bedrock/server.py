"""A server that speaks Bedrock's ConverseStream, in AWS's event stream frames with their checksums.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

import json
import struct
from binascii import crc32
from collections.abc import Iterable
from typing import Any

from tests.wire.model_server import Calls, ModelServer
from tests.wire.sse_server import RecordedRequest, Step

Json = dict[str, Any]

EVENT_STREAM = "application/vnd.amazon.eventstream"
_STRING = 7


def frame(payload: Json, **headers: str) -> bytes:
    """One frame: lengths, their checksum, headers, payload, the checksum of it all."""
    named = b"".join(
        struct.pack(f"!B{len(name)}sBH{len(value)}s", len(name), name.encode(), _STRING, len(value), value.encode())
        for name, value in ((f":{key.replace('_', '-')}", value) for key, value in headers.items())
    )
    body = json.dumps(payload, ensure_ascii=False).encode()
    lengths = struct.pack("!II", 12 + len(named) + len(body) + 4, len(named))
    data = lengths + struct.pack("!I", crc32(lengths)) + named + body
    return data + struct.pack("!I", crc32(data))


def event(kind: str, payload: Json) -> bytes:
    return frame(payload, event_type=kind, content_type="application/json", message_type="event")


def exception(kind: str, message: str) -> bytes:
    named = {"exception_type": kind, "content_type": "application/json", "message_type": "exception"}
    return frame({"message": message}, **named)


def begin() -> bytes:
    return event("messageStart", {"role": "assistant"})


def text(piece: str) -> bytes:
    return event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": piece}})


def open_tool(index: int, call_id: str, name: str) -> bytes:
    start = {"toolUse": {"toolUseId": call_id, "name": name}}
    return event("contentBlockStart", {"contentBlockIndex": index, "start": start})


def tool_piece(index: int, piece: str) -> bytes:
    return event("contentBlockDelta", {"contentBlockIndex": index, "delta": {"toolUse": {"input": piece}}})


def close_block(index: int) -> bytes:
    return event("contentBlockStop", {"contentBlockIndex": index})


def tool_use(index: int, call_id: str, name: str, pieces: list[str]) -> bytes:
    said = b"".join(tool_piece(index, piece) for piece in pieces)
    return open_tool(index, call_id, name) + said + close_block(index)


def reasoning(thoughts: list[str], signature: str = "c2ln") -> bytes:
    deltas = [{"text": thought} for thought in thoughts] + [{"signature": signature}]
    data = b"".join(
        event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"reasoningContent": delta}}) for delta in deltas
    )
    return data + close_block(0)


def end(reason: str = "end_turn", prompt: int = 10, output: int = 5, cached: int = 0) -> bytes:
    usage = {"inputTokens": prompt, "outputTokens": output, "totalTokens": prompt + output}
    if cached:
        usage["cacheReadInputTokens"] = cached
    stop = close_block(0) + event("messageStop", {"stopReason": reason})
    return stop + event("metadata", {"usage": usage, "metrics": {"latencyMs": 1}})


class BedrockWireServer(ModelServer):
    """Tools' results come in a message of the user's."""

    path = (
        "/converse-stream",
        "/foundation-models?byInferenceType=ON_DEMAND&byOutputModality=TEXT",
        "/inference-profiles?maxResults=1000&type=SYSTEM_DEFINED",
    )
    content_type = EVENT_STREAM

    def text_of(self, request: RecordedRequest) -> str:
        users = [
            "".join(part.get("text", "") for part in message["content"])
            for message in request.body.get("messages", ())
            if message["role"] == "user" and "text" in message["content"][-1]
        ]
        return users[-1] if users else ""

    def result_of(self, request: RecordedRequest) -> str | None:
        answered = request.body["messages"][-1]["content"][-1].get("toolResult")
        return answered["content"][0]["text"] if answered else None

    def refusal(self, message: str, status: int) -> Json:
        return {"message": message}

    def begin(self, prompt: int) -> bytes:
        return begin()

    def say(self, word: str) -> bytes:
        return text(word)

    def end(self, prompt: int, output: int) -> bytes:
        return end(prompt=prompt, output=output)

    def call(self, tools: Calls) -> Iterable[Step]:
        calls = [tool_use(n, f"tooluse_{n}", name, [json.dumps(given)]) for n, (name, given) in enumerate(tools)]
        return [begin(), *calls, end("tool_use")]

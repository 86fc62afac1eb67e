"""A server that speaks Bedrock's ConverseStream, in AWS's event stream frames with their checksums.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

import json
import struct
from binascii import crc32
from collections.abc import Iterator
from typing import Any

from tests.wire import directives
from tests.wire.sse_server import RecordedRequest, Reply, SSEServer, Step

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


def tool_use(index: int, call_id: str, name: str, pieces: list[str]) -> bytes:
    start = {"toolUse": {"toolUseId": call_id, "name": name}}
    data = event("contentBlockStart", {"contentBlockIndex": index, "start": start})
    for piece in pieces:
        data += event("contentBlockDelta", {"contentBlockIndex": index, "delta": {"toolUse": {"input": piece}}})
    return data + event("contentBlockStop", {"contentBlockIndex": index})


def reasoning(thoughts: list[str], signature: str = "c2ln") -> bytes:
    deltas = [{"text": thought} for thought in thoughts] + [{"signature": signature}]
    data = b"".join(
        event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"reasoningContent": delta}}) for delta in deltas
    )
    return data + event("contentBlockStop", {"contentBlockIndex": 0})


def end(reason: str = "end_turn", prompt: int = 10, output: int = 5, cached: int = 0) -> bytes:
    usage = {"inputTokens": prompt, "outputTokens": output, "totalTokens": prompt + output}
    if cached:
        usage["cacheReadInputTokens"] = cached
    stop = event("contentBlockStop", {"contentBlockIndex": 0}) + event("messageStop", {"stopReason": reason})
    return stop + event("metadata", {"usage": usage, "metrics": {"latencyMs": 1}})


class BedrockWireServer(SSEServer):
    """``base_url`` is what a provider is configured with."""

    path = "/converse-stream"

    @property
    def base_url(self) -> str:
        return self.url

    def text_of(self, request: RecordedRequest) -> str:
        users = [
            "".join(part.get("text", "") for part in message["content"])
            for message in request.body.get("messages", ())
            if message["role"] == "user" and "text" in message["content"][-1]
        ]
        return users[-1] if users else ""

    def reply_to(self, request: RecordedRequest) -> Reply:
        said = self.text_of(request)
        wanted = directives.read(said)
        if wanted.status is not None:
            return Reply.of_json({"message": f"asked for {wanted.status}"}, wanted.status)
        last = (request.body.get("messages") or [{"content": [{}]}])[-1]["content"][-1]
        answered = last.get("toolResult")
        if wanted.tools and not answered:
            calls = [tool_use(n, f"tooluse_{n}", name, [json.dumps(a)]) for n, (name, a) in enumerate(wanted.tools)]
            return Reply([begin(), *calls, end("tool_use")], content_type=EVENT_STREAM)
        answer = f"Tool said: {answered['content'][0]['text']}" if answered else f"You said: {said}"
        count = wanted.tokens or self.tokens
        delay = self.delay_seconds if wanted.slow_seconds is None else wanted.slow_seconds / count
        return Reply(self._text(directives.words(answer, count), delay, len(said)), content_type=EVENT_STREAM)

    @staticmethod
    def _text(words: list[str], delay: float, prompt: int) -> Iterator[Step]:
        yield begin()
        for word in words:
            if delay:
                yield delay
            yield text(word)
        yield end(prompt=max(1, prompt), output=len(words))

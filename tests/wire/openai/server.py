"""A server that speaks OpenAI's Chat Completions stream, and its embeddings.

https://platform.openai.com/docs/api-reference/chat/streaming
https://platform.openai.com/docs/api-reference/embeddings/create

``python -m tests.wire.openai.server --port 8088 --tokens 20 --delay 0.01`` runs it alone; ``GET /stats`` counts,
``GET /calls`` lists the last user text of every call. Without a script it answers ``You said: …``, and heeds
``tests/wire/directives.py``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import struct
import threading
from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

from tests.wire.model_server import Calls, ModelServer
from tests.wire.sse_server import RecordedRequest, Reply, Step

Json = dict[str, Any]

#: One red dot, as PNG.
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
DONE = b"data: [DONE]\n\n"


def event(payload: Json) -> bytes:
    return b"data: " + json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


def chunk(delta: Json | None = None, finish_reason: str | None = None, **extra: Any) -> bytes:
    """One ``chat.completion.chunk`` with one choice."""
    choice = {"index": 0, "delta": delta or {}, "logprobs": None, "finish_reason": finish_reason}
    return event({**_ENVELOPE, "choices": [choice], **extra})


def text(piece: str) -> bytes:
    return _TEXT_HEAD + json.dumps(piece, ensure_ascii=False).encode() + _TEXT_TAIL


def tool_piece(
    index: int | None, call_id: str | None = None, name: str | None = None, arguments: str | None = None
) -> bytes:
    """One piece of a tool call; what is ``None`` is left out."""
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    piece: Json = {"function": function}
    if index is not None:
        piece["index"] = index
    if call_id is not None:
        piece |= {"id": call_id, "type": "function"}
    return chunk({"tool_calls": [piece]})


def usage(prompt: int, completion: int, cached: int = 0) -> bytes:
    """The last chunk, which has no choice."""
    counted = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached},
    }
    return event({**_ENVELOPE, "choices": [], "usage": counted})


_ENVELOPE: Json = {
    "id": "chatcmpl-1",
    "object": "chat.completion.chunk",
    "created": 1760000000,
    "model": "wire-1",
    "system_fingerprint": "fp_1",
}
_TEXT_HEAD, _TEXT_TAIL = chunk({"content": "\0"}).split(rb'"\u0000"')


def by_length(text: str, dimensions: int) -> Sequence[float]:
    """How long a text is, then zeros."""
    return [float(len(text)), *[0.0] * (dimensions - 1)]


def embeddings(body: Json, vector_of: Callable[[str, int], Sequence[float]] = by_length) -> Reply:
    """Vectors of the length that is asked for, in both encodings."""
    data = []
    for index, said in enumerate(body["input"]):
        vector = vector_of(said, body.get("dimensions", 4))
        packed = b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
        encoded = packed if body.get("encoding_format") == "base64" else vector
        data.append({"object": "embedding", "index": index, "embedding": encoded})
    count = sum(len(said.split()) for said in body["input"])
    used = {"prompt_tokens": count, "total_tokens": count}
    return Reply.of_json({"object": "list", "data": data[::-1], "model": body["model"], "usage": used})


def said_in(body: Json) -> str:
    """The last words of the user, of a request for a completion."""
    users = [message for message in body.get("messages", ()) if message["role"] == "user"]
    content = users[-1]["content"] if users else ""
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def result_in(body: Json) -> str | None:
    """What a tool said, where it is the last message of the request."""
    last = (body.get("messages") or [{}])[-1]
    return last["content"] if last.get("role") == "tool" else None


def error_body(message: str, kind: str = "invalid_request_error", code: str | None = None) -> Json:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


class OpenAIWireServer(ModelServer):
    """It hears, speaks, paints and embeds too."""

    path = (
        "/chat/completions",
        "/embeddings",
        "/audio/transcriptions",
        "/audio/speech",
        "/images/generations",
        "/v1/models",
    )
    #: What is heard in every sound.
    heard = "The train leaves at nine."
    #: Whether it makes sounds.
    speaks = True

    @cached_property
    def speech_gate(self) -> threading.Event:
        """While it is clear no sound is finished."""
        gate = threading.Event()
        gate.set()
        return gate

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def reply_to(self, request: RecordedRequest) -> Reply:
        if request.path.endswith("/embeddings"):
            return embeddings(request.body)
        if request.path.endswith("/transcriptions"):
            return Reply.of_json({"text": self.heard, "usage": {"type": "duration", "seconds": 2}})
        if request.path.endswith("/audio/speech"):
            return self._sound(request.body)
        if request.path.endswith("/images/generations"):
            return Reply.of_json({"created": 1, "data": [{"b64_json": PICTURE}]})
        return super().reply_to(request)

    def _sound(self, body: Json) -> Reply:
        self.speech_gate.wait(30)
        if not self.speaks:
            return Reply.of_json(error_body("no voice today"), 500)
        head, mime = (b"OggS", "audio/ogg") if body["response_format"] == "opus" else (b"ID3", "audio/mpeg")
        return Reply([head + body["input"].encode()], content_type=mime)

    def text_of(self, request: RecordedRequest) -> str:
        return said_in(request.body)

    def result_of(self, request: RecordedRequest) -> str | None:
        return result_in(request.body)

    def refusal(self, message: str, status: int) -> Json:
        return error_body(message)

    def begin(self, prompt: int) -> bytes:
        return chunk({"role": "assistant", "content": ""})

    def say(self, word: str) -> bytes:
        return text(word)

    def end(self, prompt: int, output: int) -> bytes:
        return chunk(finish_reason="stop") + usage(prompt, output) + DONE

    def call(self, tools: Calls) -> Iterable[Step]:
        for index, (name, arguments) in enumerate(tools):
            yield tool_piece(index, f"call_{index}_{name}", name, "")
            yield tool_piece(index, arguments=json.dumps(arguments))
        yield chunk(finish_reason="tool_calls") + usage(10, 5) + DONE


def main() -> None:
    parser = argparse.ArgumentParser(description="An OpenAI-compatible model that streams words.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8088)
    parser.add_argument("--tokens", type=int, default=20, help="deltas per answer")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each delta")
    options = parser.parse_args()
    server = OpenAIWireServer(tokens=options.tokens, delay_seconds=options.delay, host=options.host, port=options.port)
    print(f"http://{options.host}:{options.port}/v1", flush=True)
    with suppress(KeyboardInterrupt):
        asyncio.run(server.serve())


if __name__ == "__main__":
    main()

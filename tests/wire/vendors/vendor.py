"""What a vendor that speaks Chat Completions says in its own way. The class below speaks it as OpenAI does.

A vendor's module names the pages of its documentation that it follows; what differs is overridden there.
https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.wire.openai.server import DONE, event
from tests.wire.sse_server import RecordedRequest, Reply

Json = dict[str, Any]


@dataclass(frozen=True)
class Refusal:
    """An answer that is none: what the vendor says, and how."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    def reply(self) -> Reply:
        return Reply([json.dumps(self.body).encode()], self.status, dict(self.headers), "application/json")


class CompatibleVendor:
    """One vendor's manners. It has no state; a server of its own answers with it."""

    #: In our table of vendors.
    id: ClassVar[str]
    #: Where completions are asked for.
    path: ClassVar[str] = "/v1/chat/completions"
    #: A model that thinks and calls tools.
    model: ClassVar[str]
    key: ClassVar[str] = "sk-vendor-0123456789abcdef"
    #: What the operator configures beside the key.
    headers: ClassVar[Mapping[str, str]] = {}
    #: The pieces of a thought come in this field.
    thought_field: ClassVar[str] = "reasoning_content"
    #: The field in which it reads thoughts that go back; empty where it takes none.
    reads: ClassVar[str] = "reasoning_content"
    #: The vendor's words for why it stopped, where they are not OpenAI's.
    reasons: ClassVar[Mapping[str, str]] = {}
    #: By what they are about: ``key``, ``credit``, ``limit``, ``overload``, ``overflow``, ``request``.
    refusals: ClassVar[Mapping[str, Refusal]] = {}
    #: What stands in every chunk.
    envelope: ClassVar[Json] = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1770000000}

    # -- requests --------------------------------------------------------------------------------------------

    def refuse(self, request: RecordedRequest) -> Refusal | None:
        """Why a request is not answered, if so."""
        if request.path != self.path:
            return self.no_such_path(request.path)
        if not self.knows(request.headers):
            return self.refusals["key"]
        return self.misses(request.body)

    def knows(self, headers: Mapping[str, str]) -> bool:
        """Whether the key is right."""
        return headers.get("authorization") == f"Bearer {self.key}"

    def misses(self, body: Json) -> Refusal | None:
        """What is wrong with a request's fields and messages."""
        return None

    def no_such_path(self, path: str) -> Refusal:
        return Refusal(404, {"error": self.error(f"Invalid URL (POST {path})", "invalid_request_error")})

    def invalid(self, message: str) -> Refusal:
        """A request that it does not take."""
        return Refusal(400, {"error": self.error(message, "invalid_request_error")})

    @staticmethod
    def error(message: str, kind: str, code: str | int | None = None) -> Json:
        return {"message": message, "type": kind, "param": None, "code": code}

    # -- answers ---------------------------------------------------------------------------------------------

    def chunk(self, delta: Json | None = None, reason: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta or {}, "logprobs": None, "finish_reason": reason}
        return event({**self.envelope, "model": self.model, "choices": [choice], **more})

    def begin(self) -> bytes:
        return self.chunk({"role": "assistant", "content": ""})

    def say(self, word: str) -> bytes:
        return self.chunk({"content": word})

    def think(self, piece: str) -> bytes:
        return self.chunk({self.thought_field: piece})

    def thinking(self, thoughts: list[str], answer: str) -> bytes:
        """A whole answer after some thought."""
        return self.begin() + b"".join(self.think(each) for each in thoughts) + self.say(answer) + self.end()

    def call(self, index: int, call_id: str, name: str, pieces: list[str]) -> bytes:
        """One call of a tool, its arguments in pieces."""
        first = {"index": index, "id": call_id, "type": "function", "function": {"name": name, "arguments": ""}}
        data = self.chunk({"tool_calls": [first]})
        for piece in pieces:
            data += self.chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
        return data

    def counts(self, prompt: int, output: int, cached: int) -> Json:
        return {
            "prompt_tokens": prompt,
            "completion_tokens": output,
            "total_tokens": prompt + output,
            "prompt_tokens_details": {"cached_tokens": cached},
        }

    def end(self, reason: str = "stop", prompt: int = 10, output: int = 5, cached: int = 0) -> bytes:
        """The reason, and in a chunk without choices the usage."""
        used = self.counts(prompt, output, cached)
        last = event({**self.envelope, "model": self.model, "choices": [], "usage": used})
        return self.chunk(reason=self.reasons.get(reason, reason)) + last + DONE

    def silence(self) -> bytes:
        """What keeps the connection open while the model is busy."""
        return b": keep-alive\n\n"

    def breakdown(self) -> bytes:
        """An error inside a stream, when it is the vendor's own fault."""
        return event({"error": self.error("The server had an error", "server_error")})

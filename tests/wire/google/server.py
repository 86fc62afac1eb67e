"""A server that speaks Gemini's stream.

https://ai.google.dev/api/generate-content
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.wire import directives
from tests.wire.sse_server import RecordedRequest, Reply, SSEServer, Step

Json = dict[str, Any]

_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


def event(payload: Json) -> bytes:
    return b"data: " + json.dumps(payload, ensure_ascii=False).encode() + b"\r\n\r\n"


def parts(*found: Json, finish: str = "", **more: Any) -> bytes:
    """One chunk with these parts."""
    candidate: Json = {"content": {"parts": list(found), "role": "model"}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    return event({"candidates": [candidate], "modelVersion": "gemini-x", **more})


def end(finish: str = "STOP", prompt: int = 10, output: int = 5, cached: int = 0) -> bytes:
    usage = {"promptTokenCount": prompt, "candidatesTokenCount": output, "totalTokenCount": prompt + output}
    if cached:
        usage["cachedContentTokenCount"] = cached
    return parts({"text": ""}, finish=finish, usageMetadata=usage)


def call(name: str, arguments: Json, signature: str = "") -> Json:
    part: Json = {"functionCall": {"name": name, "args": arguments}}
    return {**part, "thoughtSignature": signature} if signature else part


def error_body(message: str, status: int = 0, **more: Any) -> Json:
    return {"error": {"code": status, "message": message, "status": _STATUS.get(status, "UNKNOWN"), **more}}


class GoogleWireServer(SSEServer):
    """``base_url`` is what a provider is configured with."""

    path = (":streamGenerateContent?alt=sse", ":batchEmbedContents")

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1beta"

    def text_of(self, request: RecordedRequest) -> str:
        users = [
            "".join(part.get("text", "") for part in content["parts"])
            for content in request.body.get("contents", ())
            if content["role"] == "user" and "text" in content["parts"][0]
        ]
        return users[-1] if users else ""

    def reply_to(self, request: RecordedRequest) -> Reply:
        if request.path.endswith(":batchEmbedContents"):
            texts = [each["content"]["parts"][0]["text"] for each in request.body["requests"]]
            return Reply.of_json({"embeddings": [{"values": [float(len(text)), 0.5]} for text in texts]})
        said = self.text_of(request)
        wanted = directives.read(said)
        if wanted.status is not None:
            return Reply.of_json(error_body(f"asked for {wanted.status}", wanted.status), wanted.status)
        last = (request.body.get("contents") or [{"parts": [{}]}])[-1]["parts"][-1]
        answered = last.get("functionResponse")
        if wanted.tools and not answered:
            return Reply([parts(*(call(*each) for each in wanted.tools)), end()])
        answer = f"Tool said: {answered['response']['output']}" if answered else f"You said: {said}"
        count = wanted.tokens or self.tokens
        delay = self.delay_seconds if wanted.slow_seconds is None else wanted.slow_seconds / count
        return Reply(self._text(directives.words(answer, count), delay, len(said)))

    @staticmethod
    def _text(words: list[str], delay: float, prompt: int) -> Iterator[Step]:
        for word in words:
            if delay:
                yield delay
            yield parts({"text": word})
        yield end(prompt=max(1, prompt), output=len(words))

"""A server that speaks Gemini's stream.

https://ai.google.dev/api/generate-content
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tests.wire.model_server import Calls, ModelServer
from tests.wire.sse_server import RecordedRequest, Reply, Step

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


class GoogleWireServer(ModelServer):
    """It embeds texts too."""

    path = (":streamGenerateContent?alt=sse", ":batchEmbedContents", "/v1beta/models?pageSize=1000")

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1beta"

    def reply_to(self, request: RecordedRequest) -> Reply:
        if request.path.endswith(":batchEmbedContents"):
            texts = [each["content"]["parts"][0]["text"] for each in request.body["requests"]]
            return Reply.of_json({"embeddings": [{"values": [float(len(text)), 0.5]} for text in texts]})
        return super().reply_to(request)

    def text_of(self, request: RecordedRequest) -> str:
        users = [
            "".join(part.get("text", "") for part in content["parts"])
            for content in request.body.get("contents", ())
            if content["role"] == "user" and "text" in content["parts"][0]
        ]
        return users[-1] if users else ""

    def result_of(self, request: RecordedRequest) -> str | None:
        answered = request.body["contents"][-1]["parts"][-1].get("functionResponse")
        return answered["response"]["output"] if answered else None

    def refusal(self, message: str, status: int) -> Json:
        return error_body(message, status)

    def begin(self, prompt: int) -> bytes:
        return parts()

    def say(self, word: str) -> bytes:
        return parts({"text": word})

    def end(self, prompt: int, output: int) -> bytes:
        return end(prompt=prompt, output=output)

    def call(self, tools: Calls) -> Iterable[Step]:
        return [parts(*(call(*each) for each in tools)), end()]

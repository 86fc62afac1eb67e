"""A server that speaks Ollama's own API: chats as lines of JSON, the models that it has, and pulls.

https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.wire import directives
from tests.wire.sse_server import RecordedRequest, Reply, SSEServer, Step

Json = dict[str, Any]

NDJSON = "application/x-ndjson"
_WHEN = "2026-01-01T00:00:00.000000Z"


def line(payload: Json) -> bytes:
    return json.dumps(payload, ensure_ascii=False).encode() + b"\n"


def piece(**message: Any) -> bytes:
    """One line of an answer that goes on."""
    said = {"role": "assistant", "content": "", **message}
    return line({"model": "m", "created_at": _WHEN, "message": said, "done": False})


def end(reason: str = "stop", prompt: int = 10, output: int = 5) -> bytes:
    """The last line, which has the counts."""
    counts = {"prompt_eval_count": prompt, "eval_count": output, "total_duration": 1, "eval_duration": 1}
    message = {"role": "assistant", "content": ""}
    return line({"model": "m", "created_at": _WHEN, "message": message, "done": True, "done_reason": reason, **counts})


def call(name: str, arguments: Json) -> Json:
    return {"function": {"name": name, "arguments": arguments}}


class OllamaWireServer(SSEServer):
    """``base_url`` is what a provider is configured with."""

    path = ("/api/chat", "/api/pull", "/api/tags")
    models = ("llama3.2:latest", "qwen3:8b")

    @property
    def base_url(self) -> str:
        return self.url

    def text_of(self, request: RecordedRequest) -> str:
        users = [m["content"] for m in request.body.get("messages", ()) if m["role"] == "user"]
        return users[-1] if users else ""

    def reply_to(self, request: RecordedRequest) -> Reply:
        if request.path.endswith("/tags"):
            return Reply.of_json({"models": [{"name": name, "model": name, "size": 1} for name in self.models]})
        if request.path.endswith("/pull"):
            return Reply(self._pull(request.body["model"]), content_type=NDJSON)
        said = self.text_of(request)
        wanted = directives.read(said)
        if wanted.status is not None:
            return Reply.of_json({"error": f"asked for {wanted.status}"}, wanted.status)
        last = (request.body.get("messages") or [{}])[-1]
        if wanted.tools and last.get("role") != "tool":
            asked = [piece(tool_calls=[call(*each)]) for each in wanted.tools]
            return Reply([*asked, end()], content_type=NDJSON)
        answer = f"Tool said: {last['content']}" if last.get("role") == "tool" else f"You said: {said}"
        count = wanted.tokens or self.tokens
        delay = self.delay_seconds if wanted.slow_seconds is None else wanted.slow_seconds / count
        return Reply(self._text(directives.words(answer, count), delay, len(said)), content_type=NDJSON)

    @staticmethod
    def _text(words: list[str], delay: float, prompt: int) -> Iterator[Step]:
        for word in words:
            if delay:
                yield delay
            yield piece(content=word)
        yield end(prompt=max(1, prompt), output=len(words))

    @staticmethod
    def _pull(model: str) -> Iterator[Step]:
        yield line({"status": "pulling manifest"})
        if model == "unknown":
            yield line({"error": "pull model manifest: file does not exist"})
            return
        for done in (0, 500, 1000):
            yield line({"status": "pulling 6a0746a1ec1a", "digest": "sha256:6a07", "total": 1000, "completed": done})
        yield line({"status": "success"})

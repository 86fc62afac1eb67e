"""A server that speaks Ollama's own API: chats as lines of JSON, the models that it has, and pulls.

https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from tests.wire.model_server import Calls, ModelServer
from tests.wire.sse_server import RecordedRequest, Reply, Step

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


class OllamaWireServer(ModelServer):
    """It says which models it has, and pulls others."""

    path = ("/api/chat", "/api/pull", "/api/tags")
    content_type = NDJSON
    models = ("llama3.2:latest", "qwen3:8b")

    def reply_to(self, request: RecordedRequest) -> Reply:
        if request.path.endswith("/tags"):
            return Reply.of_json({"models": [{"name": name, "model": name, "size": 1} for name in self.models]})
        if request.path.endswith("/pull"):
            return Reply(self._pull(request.body["model"]), content_type=NDJSON)
        return super().reply_to(request)

    def text_of(self, request: RecordedRequest) -> str:
        users = [m["content"] for m in request.body.get("messages", ()) if m["role"] == "user"]
        return users[-1] if users else ""

    def result_of(self, request: RecordedRequest) -> str | None:
        last = request.body["messages"][-1]
        return last["content"] if last["role"] == "tool" else None

    def refusal(self, message: str, status: int) -> Json:
        return {"error": message}

    def begin(self, prompt: int) -> bytes:
        return piece()

    def say(self, word: str) -> bytes:
        return piece(content=word)

    def end(self, prompt: int, output: int) -> bytes:
        return end(prompt=prompt, output=output)

    def call(self, tools: Calls) -> Iterable[Step]:
        return [*(piece(tool_calls=[call(*each)]) for each in tools), end()]

    @staticmethod
    def _pull(model: str) -> Iterator[Step]:
        yield line({"status": "pulling manifest"})
        if model == "unknown":
            yield line({"error": "pull model manifest: file does not exist"})
            return
        for done in (0, 500, 1000):
            yield line({"status": "pulling 6a0746a1ec1a", "digest": "sha256:6a07", "total": 1000, "completed": done})
        yield line({"status": "success"})

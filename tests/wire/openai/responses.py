"""A server that speaks OpenAI's Responses stream.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tests.wire.model_server import Calls, ModelServer
from tests.wire.openai.server import error_body
from tests.wire.sse_server import RecordedRequest, Step

Json = dict[str, Any]


def event(kind: str, **fields: Any) -> bytes:
    body = json.dumps({"type": kind, "sequence_number": 0, **fields}, ensure_ascii=False)
    return f"event: {kind}\ndata: {body}\n\n".encode()


def begin() -> bytes:
    response = {"id": "resp_1", "object": "response", "status": "in_progress", "output": []}
    return event("response.created", response=response) + event("response.in_progress", response=response)


def text(piece: str) -> bytes:
    return event("response.output_text.delta", item_id="msg_1", output_index=0, content_index=0, delta=piece)


def _call(call_id: str, name: str, arguments: str = "") -> Json:
    return {"type": "function_call", "id": f"fc_{call_id}", "call_id": call_id, "name": name, "arguments": arguments}


def call_added(call_id: str, name: str) -> bytes:
    return event("response.output_item.added", output_index=0, item=_call(call_id, name))


def call_piece(call_id: str, piece: str) -> bytes:
    return event("response.function_call_arguments.delta", item_id=f"fc_{call_id}", output_index=0, delta=piece)


def call_done(call_id: str, name: str, arguments: str) -> bytes:
    item = _call(call_id, name, arguments)
    whole = event("response.function_call_arguments.done", item_id=item["id"], output_index=0, arguments=arguments)
    return whole + event("response.output_item.done", output_index=0, item=item)


def function_call(call_id: str, name: str, pieces: list[str]) -> bytes:
    said = b"".join(call_piece(call_id, piece) for piece in pieces)
    return call_added(call_id, name) + said + call_done(call_id, name, "".join(pieces))


def reasoning(thoughts: list[str], item_id: str = "rs_1", encrypted: str = "gAAAA") -> bytes:
    item = {"type": "reasoning", "id": item_id, "summary": []}
    data = event("response.output_item.added", output_index=0, item=item)
    for thought in thoughts:
        data += event("response.reasoning_summary_text.delta", item_id=item_id, summary_index=0, delta=thought)
    done = {**item, "summary": [{"type": "summary_text", "text": "".join(thoughts)}], "encrypted_content": encrypted}
    return data + event("response.output_item.done", output_index=0, item=done)


def end(reason: str = "", prompt: int = 10, output: int = 5, cached: int = 0) -> bytes:
    """The last event; ``reason`` is why it is incomplete."""
    usage = {
        "input_tokens": prompt,
        "input_tokens_details": {"cached_tokens": cached},
        "output_tokens": output,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": prompt + output,
    }
    kind = "response.incomplete" if reason else "response.completed"
    details = {"reason": reason} if reason else None
    return event(kind, response={"id": "resp_1", "usage": usage, "incomplete_details": details})


class ResponsesWireServer(ModelServer):
    """Tools' results are items of their own."""

    path = ("/responses", "/v1/models")

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def text_of(self, request: RecordedRequest) -> str:
        users = [item["content"] for item in request.body.get("input", ()) if item.get("role") == "user"]
        return "".join(part.get("text", "") for part in users[-1]) if users else ""

    def result_of(self, request: RecordedRequest) -> str | None:
        last = request.body["input"][-1]
        return last["output"] if last.get("type") == "function_call_output" else None

    def refusal(self, message: str, status: int) -> Json:
        return error_body(message)

    def begin(self, prompt: int) -> bytes:
        return begin()

    def say(self, word: str) -> bytes:
        return text(word)

    def end(self, prompt: int, output: int) -> bytes:
        return end(prompt=prompt, output=output)

    def call(self, tools: Calls) -> Iterable[Step]:
        calls = [function_call(f"call_{n}", name, [json.dumps(given)]) for n, (name, given) in enumerate(tools)]
        return [begin(), *calls, end()]

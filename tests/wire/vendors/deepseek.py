"""DeepSeek: "Thinking Mode", "Error Codes", "Rate Limit" and "Create Chat Completion" of api-docs.deepseek.com.

Its models think unless they are told not to. Then no tool can be demanded, and the reasoning of every message that
called tools goes back in all later requests. The chunk with the reason has the usage; while the service is busy it
sends comments. An error's code says ``invalid_request_error`` whatever its status.
"""

from __future__ import annotations

from typing import ClassVar

from tests.wire.openai.server import DONE
from tests.wire.vendors.moonshot import thinks
from tests.wire.vendors.vendor import CompatibleVendor, Json, Refusal


def _error(status: int, kind: str, message: str, code: str = "invalid_request_error") -> Refusal:
    return Refusal(status, {"error": {"message": message, "type": kind, "param": None, "code": code}})


class DeepSeek(CompatibleVendor):
    id = "deepseek"
    model = "deepseek-reasoner"
    refusals: ClassVar = {
        "key": _error(401, "authentication_error", "Authentication Fails, Your api key: ****cdef is invalid"),
        "credit": _error(402, "unknown_error", "Insufficient Balance"),
        "limit": _error(429, "rate_limit_error", "Rate limit reached"),
        "overload": _error(503, "service_unavailable_error", "Service is too busy.", "service_unavailable"),
        "overflow": _error(
            400, "invalid_request_error", "This model's maximum context length is 131072 tokens. However, you requested"
        ),
        "request": _error(422, "invalid_request_error", "Failed to deserialize the JSON body into the target type"),
    }

    def misses(self, body: Json) -> Refusal | None:
        if not thinks(body):
            return None
        if body.get("tool_choice", "auto") not in ("auto", "none"):
            return self.invalid("Thinking mode does not support this tool_choice")
        if any(said.get("tool_calls") and "reasoning_content" not in said for said in body["messages"]):
            return self.invalid("The `reasoning_content` in the thinking mode must be passed back to the API.")
        return None

    def invalid(self, message: str) -> Refusal:
        return _error(400, "invalid_request_error", message)

    def begin(self) -> bytes:
        return self.chunk({"role": "assistant", "content": None, "reasoning_content": ""})

    def say(self, word: str) -> bytes:
        return self.chunk({"content": word, "reasoning_content": None})

    def think(self, piece: str) -> bytes:
        return self.chunk({"content": None, "reasoning_content": piece})

    def counts(self, prompt: int, output: int, cached: int) -> Json:
        return {
            **super().counts(prompt, output, cached),
            "prompt_cache_hit_tokens": cached,
            "prompt_cache_miss_tokens": prompt - cached,
        }

    def end(self, reason: str = "stop", prompt: int = 10, output: int = 5, cached: int = 0) -> bytes:
        used = self.counts(prompt, output, cached)
        return self.chunk({"content": "", "reasoning_content": None}, reason, usage=used) + DONE

    def breakdown(self) -> bytes:
        return self.chunk(reason="insufficient_system_resource") + DONE

"""Groq: "API Error Codes and Responses", "Rate Limits", "Reasoning", "Local Tool Calling" and "OpenAI Compatibility" of
console.groq.com/docs, and the chunk's type in Groq's own SDK.

Messages must not have properties that it does not know. A call comes whole in one piece; the last chunk has the usage
twice, and an ``x_groq`` tells why a stream was stopped early. Wrong calls are refused, and asking again may help.
"""

from __future__ import annotations

from typing import ClassVar

from tests.wire.openai.server import DONE
from tests.wire.vendors.vendor import CompatibleVendor, Json, Refusal

#: Of a message of the assistant.
_KNOWN = frozenset({"role", "content", "tool_calls", "name", "reasoning"})
_LIMITS = {
    "x-ratelimit-limit-requests": "14400",
    "x-ratelimit-limit-tokens": "18000",
    "x-ratelimit-remaining-requests": "14370",
    "x-ratelimit-remaining-tokens": "0",
    "x-ratelimit-reset-requests": "2m59.56s",
    "x-ratelimit-reset-tokens": "7.66s",
}


def _error(status: int, kind: str, message: str, code: str = "", headers: dict[str, str] | None = None) -> Refusal:
    error = {"message": message, "type": kind, **({"code": code} if code else {})}
    return Refusal(status, {"error": error}, headers or {})


class Groq(CompatibleVendor):
    id = "groq"
    path = "/openai/v1/chat/completions"
    model = "openai/gpt-oss-120b"
    thought_field = "reasoning"
    reads = ""
    refusals: ClassVar = {
        "key": _error(401, "invalid_request_error", "Invalid API Key", "invalid_api_key"),
        "limit": _error(
            429,
            "tokens",
            "Rate limit reached for model `openai/gpt-oss-120b` on tokens per minute (TPM): Limit 18000, Used 17999.",
            "rate_limit_exceeded",
            {"retry-after": "7", **_LIMITS},
        ),
        "limit without a wait": _error(429, "tokens", "Rate limit reached", "rate_limit_exceeded", _LIMITS),
        "overload": _error(498, "internal_server_error", "Flex tier capacity exceeded", "capacity_exceeded"),
        "overload of a wrong call": _error(
            400,
            "invalid_request_error",
            "Failed to call a function. Please adjust your prompt. See 'failed_generation' for more details.",
            "tool_use_failed",
        ),
        "overflow": _error(
            400,
            "invalid_request_error",
            "Please reduce the length of the messages or completion.",
            "context_length_exceeded",
        ),
        "request": _error(400, "invalid_request_error", "'logit_bias' : property 'logit_bias' is unsupported"),
    }

    def misses(self, body: Json) -> Refusal | None:
        for index, message in enumerate(body["messages"]):
            unknown = set(message) - _KNOWN if message["role"] == "assistant" else ()
            for name in sorted(unknown):
                where = f"'messages.{index}'"
                return self.invalid(
                    f"{where} : for 'role:assistant' the following must be satisfied[({where} : property '{name}' is"
                    " unsupported)]"
                )
        return None

    def begin(self) -> bytes:
        return self.chunk({"role": "assistant", "content": ""}, x_groq={"id": "req_1", "seed": 1})

    def call(self, index: int, call_id: str, name: str, pieces: list[str]) -> bytes:
        function = {"name": name, "arguments": "".join(pieces) or "{}"}
        return self.chunk({"tool_calls": [{"id": call_id, "type": "function", "function": function, "index": index}]})

    def end(self, reason: str = "stop", prompt: int = 10, output: int = 5, cached: int = 0) -> bytes:
        used = {"queue_time": 0.17, **self.counts(prompt, output, cached)}
        return self.chunk(reason=reason, x_groq={"id": "req_1", "usage": used}) + DONE

    def breakdown(self) -> bytes:
        return self.chunk(reason="stop", x_groq={"id": "req_1", "error": "over capacity"}) + DONE

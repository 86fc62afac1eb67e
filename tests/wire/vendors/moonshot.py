"""Moonshot's Kimi: "Error Codes" and "Use Kimi K2 Thinking Model" of platform.moonshot.ai/docs, "Error Reference" of
kimi.com/code/docs.

Its models think unless they are told not to. Then no tool can be demanded, and every message of the assistant that
calls tools has its reasoning, if only an empty one. Usage stands in the last choice, with the cached part at its top.
"""

from __future__ import annotations

from typing import Any, ClassVar

from tests.wire.openai.server import DONE
from tests.wire.vendors.vendor import CompatibleVendor, Json, Refusal


def thinks(body: Json) -> bool:
    """Whether a request leaves thinking on."""
    return (body.get("thinking") or {}).get("type") != "disabled"


def _error(status: int, kind: str, message: str) -> Refusal:
    return Refusal(status, {"error": {"message": message, "type": kind}})


class Moonshot(CompatibleVendor):
    id = "moonshot"
    model = "kimi-k2.5"
    refusals: ClassVar = {
        "key": _error(401, "invalid_authentication_error", "Invalid Authentication"),
        "credit": _error(429, "exceeded_current_quota_error", "Your account is suspended, please check your plan"),
        "limit": _error(429, "rate_limit_reached_error", "Your account reached max organization RPM: 3"),
        "overload": _error(
            429, "engine_overloaded_error", "The engine is currently overloaded, please try again later"
        ),
        "overflow": _error(
            400, "invalid_request_error", "Invalid request: Your request exceeded model token limit: 262144"
        ),
        "request": _error(400, "invalid_request_error", "Invalid request: function name weather is duplicated"),
    }

    def misses(self, body: Json) -> Refusal | None:
        if not thinks(body):
            return None
        choice = body.get("tool_choice", "auto")
        if choice not in ("auto", "none"):
            said = choice if isinstance(choice, str) else "specified"
            return self.invalid(f"tool_choice '{said}' is incompatible with thinking enabled")
        for index, message in enumerate(body["messages"]):
            if message.get("tool_calls") and "reasoning_content" not in message:
                return self.invalid(
                    "thinking is enabled but reasoning_content is missing in assistant tool call message"
                    f" at index {index}"
                )
        return None

    def counts(self, prompt: int, output: int, cached: int) -> Json:
        total = {"prompt_tokens": prompt, "completion_tokens": output, "total_tokens": prompt + output}
        return {**total, "cached_tokens": cached}

    def end(self, reason: str = "stop", prompt: int = 10, output: int = 5, cached: int = 0) -> bytes:
        choice: dict[str, Any] = {"index": 0, "delta": {}, "finish_reason": reason}
        return self.chunk(choices=[{**choice, "usage": self.counts(prompt, output, cached)}]) + DONE

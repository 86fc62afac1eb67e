"""Together AI: "Error codes", "Chat" and "Function calling" of docs.together.ai.

An error has an id beside it, and a prompt that is too long is said to be forbidden. A model may stop for ``eos``, in
the chunk that has the usage.
"""

from __future__ import annotations

from typing import ClassVar

from tests.wire.openai.server import DONE
from tests.wire.vendors.vendor import CompatibleVendor, Refusal


def _error(status: int, kind: str, message: str, code: str | None = None) -> Refusal:
    return Refusal(status, {"id": "nz1", "error": {"message": message, "type": kind, "param": None, "code": code}})


class Together(CompatibleVendor):
    id = "together"
    model = "moonshotai/Kimi-K2-Instruct-0905"
    thought_field = "reasoning"
    reasons: ClassVar = {"stop": "eos"}
    refusals: ClassVar = {
        "key": _error(
            401,
            "invalid_request_error",
            "Invalid API key provided. You can find your API key at https://api.together.xyz/settings/api-keys.",
            "invalid_api_key",
        ),
        "credit": _error(402, "payment_required", "The account has reached its maximum monthly spending limit."),
        "limit": _error(429, "rate_limit", "You have reached the rate limit specific to this model."),
        "overload": _error(503, "overloaded", "The server is overloaded."),
        "overflow": _error(
            403,
            "invalid_request_error",
            "Input token count + max_tokens parameter must be less than the context length of the model being queried",
        ),
        "overflow of the sum": _error(
            422,
            "invalid_request_error",
            "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097. Given: 5013 `inputs` tokens",
        ),
        "request": _error(404, "invalid_request_error", "Unable to access model nope.", "model_not_available"),
    }

    def end(self, reason: str = "stop", prompt: int = 10, output: int = 5, cached: int = 0) -> bytes:
        used = self.counts(prompt, output, cached)
        return self.chunk({"content": ""}, self.reasons.get(reason, reason), usage=used) + DONE

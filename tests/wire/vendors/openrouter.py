"""OpenRouter: "Streaming", "Errors and Debugging", "Reasoning Tokens" and "Tool Calling" of openrouter.ai/docs.

It sends comments while it waits for a provider. An error's code is a status; one that came too late for the head
stands in the last chunk, beside a choice that stopped for it, or alone in a plain answer with status 200.
"""

from __future__ import annotations

from typing import Any, ClassVar

from tests.wire.openai.server import event
from tests.wire.vendors.vendor import CompatibleVendor, Json, Refusal


def _error(status: int, message: str, **headers: str) -> Refusal:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Refusal(status, {"error": {"message": message, "code": status}}, named)


class OpenRouter(CompatibleVendor):
    id = "openrouter"
    path = "/api/v1/chat/completions"
    model = "openrouter/auto"
    thought_field = "reasoning"
    reads = "reasoning"
    refusals: ClassVar = {
        "key": _error(401, "User not found."),
        "credit": _error(402, "Insufficient credits. This account never purchased credits."),
        "limit": _error(429, "Rate limit exceeded: free-models-per-min.", retry_after="17"),
        "overload": _error(502, "Provider returned error"),
        "overload in a plain answer": Refusal(200, {"error": {"message": "Provider returned error", "code": 502}}),
        "overflow": _error(400, "This endpoint's maximum context length is 131072 tokens. However, you requested"),
        "request": Refusal(
            403,
            {
                "error": {
                    "message": 'x/y requires moderation on OpenRouter. Your input was flagged for "violence".',
                    "code": 403,
                    "metadata": {"reasons": ["violence"], "flagged_input": "…"},
                }
            },
        ),
    }

    def invalid(self, message: str) -> Refusal:
        return _error(400, message)

    def chunk(self, delta: Json | None = None, reason: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta or {}, "finish_reason": reason, "native_finish_reason": reason}
        return super().chunk(**{"provider": "Wire", "choices": [choice], **more})

    def think(self, piece: str) -> bytes:
        details = [{"type": "reasoning.text", "text": piece, "format": "unknown", "index": 0}]
        return self.chunk({"role": "assistant", "content": "", "reasoning": piece, "reasoning_details": details})

    def silence(self) -> bytes:
        return b": OPENROUTER PROCESSING\n\n"

    def breakdown(self) -> bytes:
        error = {"code": "server_error", "message": "Provider disconnected"}
        choice = {"index": 0, "delta": {"content": ""}, "finish_reason": "error"}
        return event({**self.envelope, "provider": "Wire", "error": error, "choices": [choice]})

"""xAI: "Function Calling", "Reasoning", "Streaming Response" and "Debugging Errors" of docs.x.ai.

An error is a text beside its code, and a wrong key is a malformed request. A call comes whole in one chunk. Chunks
have no reason to stop until there is one, and an account without credit is forbidden or over its limit.
"""

from __future__ import annotations

from typing import Any, ClassVar

from tests.wire.vendors.vendor import CompatibleVendor, Json, Refusal


def _error(status: int, code: str, message: str) -> Refusal:
    return Refusal(status, {"code": code, "error": message})


class XAI(CompatibleVendor):
    id = "xai"
    model = "grok-code-fast-1"
    refusals: ClassVar = {
        "key": _error(
            400,
            "Client specified an invalid argument",
            "Incorrect API key provided: sk***ef. You can obtain an API key from https://console.x.ai.",
        ),
        "credit": _error(
            403,
            "The caller does not have permission to execute the specified operation",
            "Your newly created team doesn't have any credits or licenses yet. You can purchase those on",
        ),
        "credit that is used up": _error(
            429,
            "Some resource has been exhausted",
            "Your team 16f2151a has either used all available credits or reached its monthly spending limit. To"
            " continue making API requests, please purchase more credits or raise your spending limit.",
        ),
        "limit": _error(429, "Some resource has been exhausted", "Too many requests for team 16f2151a"),
        "overflow": _error(
            400,
            "Client specified an invalid argument",
            "This model's maximum prompt length is 256000 but the request contains 300000 tokens.",
        ),
        "request": _error(
            400, "Client specified an invalid argument", "Model grok-4 does not support parameter reasoningEffort."
        ),
    }

    def misses(self, body: Json) -> Refusal | None:
        if "reasoning_effort" in body:
            return self.invalid(f"Model {body['model']} does not support parameter reasoningEffort.")
        return None

    def invalid(self, message: str) -> Refusal:
        return _error(400, "Client specified an invalid argument", message)

    def chunk(self, delta: Json | None = None, reason: str | None = None, **more: Any) -> bytes:
        choice: Json = {"index": 0, "delta": delta or {}}
        if reason is not None:
            choice["finish_reason"] = reason
        return super().chunk(**{"choices": [choice], **more})

    def call(self, index: int, call_id: str, name: str, pieces: list[str]) -> bytes:
        function = {"name": name, "arguments": "".join(pieces) or "{}"}
        return self.chunk({"tool_calls": [{"id": call_id, "function": function, "index": index, "type": "function"}]})

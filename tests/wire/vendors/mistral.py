"""Mistral: "Chat Completion", "Function calling", "Reasoning" and "Known limitations" of docs.mistral.ai, and the
checks of its own mistral-common.

A field that it does not know is refused (422). A call's id is nine letters and digits, and after a tool the assistant
speaks next. A call comes whole, without index or type. A thought is a part of the content, as a list of texts.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from tests.wire.openai.server import DONE
from tests.wire.vendors.vendor import CompatibleVendor, Json, Refusal

#: Of the body; then of messages by their role.
_FIELDS = frozenset(
    [
        "model",
        "messages",
        "max_tokens",
        "stream",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "temperature",
        "top_p",
        "stop",
        "random_seed",
        "response_format",
        "presence_penalty",
        "frequency_penalty",
        "n",
        "prediction",
        "prompt_mode",
        "reasoning_effort",
        "safe_prompt",
    ]
)
_MESSAGES: dict[str, frozenset[str]] = {
    "system": frozenset({"role", "content"}),
    "user": frozenset({"role", "content"}),
    "assistant": frozenset({"role", "content", "tool_calls", "prefix"}),
    "tool": frozenset({"role", "content", "tool_call_id", "name"}),
}
_AFTER = {
    "system": {"user", "assistant", "system"},
    "user": {"assistant", "system", "user"},
    "assistant": {"assistant", "user", "tool"},
    "tool": {"assistant", "tool"},
}


def _error(status: int, kind: str, message: Any, code: str | None = None) -> Refusal:
    return Refusal(status, {"object": "error", "message": message, "type": kind, "param": None, "code": code})


def _extra(*loc: str | int) -> Refusal:
    detail = [{"type": "extra_forbidden", "loc": ["body", *loc], "msg": "Extra inputs are not permitted", "input": 1}]
    return _error(422, "invalid_request_error", {"detail": detail})


class Mistral(CompatibleVendor):
    id = "mistral"
    model = "magistral-medium-latest"
    reads = ""
    reasons: ClassVar = {"length": "model_length"}
    refusals: ClassVar = {
        "key": Refusal(401, {"detail": "Unauthorized"}),
        "limit": _error(429, "rate_limited", "Rate limit exceeded", "1300"),
        "limit of the tier": _error(
            429, "service_tier_capacity_exceeded", "Service tier capacity exceeded for this model.", "3505"
        ),
        "overflow": _error(
            400,
            "invalid_request_invalid_args",
            "Prompt contains 151486 tokens and 0 draft tokens, too large for model with 131072 maximum context length",
            "3051",
        ),
        "request": _extra("store"),
    }

    def misses(self, body: Json) -> Refusal | None:
        for name in sorted(set(body) - _FIELDS):
            return _extra(name)
        before = ""
        for index, message in enumerate(body["messages"]):
            role = message["role"]
            for name in sorted(set(message) - _MESSAGES[role]):
                return _extra("messages", index, role, name)
            if before and role not in _AFTER[before]:
                said = f"Unexpected role '{role}' after role '{before}'"
                return _error(400, "invalid_request_message_order", said, "3230")
            before = role
            ids = [call["id"] for call in message.get("tool_calls", ())] or [message.get("tool_call_id", "123456789")]
            for each in ids:
                if not re.fullmatch("[a-zA-Z0-9]{9}", each):
                    said = f"Tool call id was {each} but must be a-z, A-Z, 0-9, with a length of 9."
                    return _error(400, "invalid_function_call", said, "3280")
        return None

    def think(self, piece: str) -> bytes:
        return self.chunk({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": piece}]}]})

    def thinking(self, thoughts: list[str], answer: str) -> bytes:
        """Words after a thought are a part, too."""
        said = self.chunk({"content": [{"type": "text", "text": answer}]})
        return self.begin() + b"".join(self.think(each) for each in thoughts) + said + self.end()

    def call(self, index: int, call_id: str, name: str, pieces: list[str]) -> bytes:
        function = {"name": name, "arguments": "".join(pieces) or "{}"}
        return self.chunk({"content": None, "tool_calls": [{"id": f"gSIMJiO{index:02d}", "function": function}]})

    def end(self, reason: str = "stop", prompt: int = 10, output: int = 5, cached: int = 0) -> bytes:
        used = self.counts(prompt, output, cached)
        return self.chunk({"content": ""}, self.reasons.get(reason, reason), usage=used) + DONE

    def breakdown(self) -> bytes:
        return self.chunk({"content": ""}, "error") + DONE

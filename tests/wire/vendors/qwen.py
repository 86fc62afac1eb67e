"""Qwen on DashScope: "Error messages", "Streaming", "Deep thinking" and "Function calling" of Alibaba Cloud Model
Studio's documentation.

After the first piece of a call its id is an empty text. Thinking is asked for with a field of its own, and rules out
that a tool is demanded. ``insufficient_quota`` is a limit of tokens in a minute; money is ``Arrearage``.
"""

from __future__ import annotations

from typing import ClassVar

from tests.wire.vendors.vendor import CompatibleVendor, Json, Refusal

_PAGE = "For details, see: https://help.aliyun.com/zh/model-studio/error-code"


def _error(status: int, code: str, message: str, kind: str = "invalid_request_error") -> Refusal:
    error = {"message": message, "type": kind, "param": None, "code": code}
    return Refusal(status, {"error": error, "id": "chatcmpl-1", "request_id": "5bf78562"})


class Qwen(CompatibleVendor):
    id = "qwen"
    path = "/compatible-mode/v1/chat/completions"
    model = "qwen-plus"
    refusals: ClassVar = {
        "key": _error(401, "invalid_api_key", f"Incorrect API key provided. {_PAGE}#apikey-error"),
        "credit": _error(
            400,
            "Arrearage",
            f"Access denied, please make sure your account is in good standing. {_PAGE}#overdue-payment",
            "Arrearage",
        ),
        "limit": _error(
            429,
            "insufficient_quota",
            f"You exceeded your current quota, please check your plan and billing details. {_PAGE}#token-limit",
            "insufficient_quota",
        ),
        "overflow": _error(
            400,
            "invalid_parameter_error",
            "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 129024]",
        ),
        "request": _error(400, "data_inspection_failed", "Input data may contain inappropriate content."),
    }

    def misses(self, body: Json) -> Refusal | None:
        demanded = body.get("tool_choice", "auto") not in ("auto", "none")
        if demanded and body.get("enable_thinking") is not False:
            return self.invalid(
                "<400> InternalError.Algo.InvalidParameter: The tool_choice parameter does not support being set to"
                " required or object in thinking mode"
            )
        return None

    def invalid(self, message: str) -> Refusal:
        return _error(400, "invalid_parameter_error", message)

    def begin(self) -> bytes:
        return self.chunk({"content": None, "role": "assistant", "reasoning_content": ""}, usage=None)

    def say(self, word: str) -> bytes:
        return self.chunk({"content": word, "reasoning_content": None}, usage=None)

    def think(self, piece: str) -> bytes:
        return self.chunk({"content": None, "reasoning_content": piece}, usage=None)

    def call(self, index: int, call_id: str, name: str, pieces: list[str]) -> bytes:
        begun = {"name": name, "arguments": ""}
        parts = [{"index": index, "id": call_id, "type": "function", "function": begun}]
        parts += [{"index": index, "id": "", "type": "function", "function": {"arguments": piece}} for piece in pieces]
        parts.append({"index": index, "id": "", "type": "function", "function": {}})
        return b"".join(self.chunk({"content": None, "tool_calls": [part]}, usage=None) for part in parts)

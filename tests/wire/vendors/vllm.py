"""vLLM: "OpenAI-Compatible Server", "Reasoning Outputs" and "Tool Calling" of docs.vllm.ai, and the error's type in its
server's protocol.

A key is asked for where the server was started with one. Thoughts come as ``reasoning``, a call's id is longer than
OpenAI's, and after an error in a stream it is done. Older ones say an error without a frame around it.
"""

from __future__ import annotations

from typing import ClassVar

from tests.wire.openai.server import DONE, event
from tests.wire.vendors.vendor import CompatibleVendor, Refusal


def _error(status: int, kind: str, message: str) -> Refusal:
    return Refusal(status, {"error": {"message": message, "type": kind, "param": None, "code": status}})


_TOO_LONG = "This model's maximum context length is 8192 tokens. However, your request has 9000 input tokens."


class VLLM(CompatibleVendor):
    id = "vllm"
    model = "openai/gpt-oss-20b"
    key = "token-abc1234567"
    thought_field = "reasoning"
    reads = "reasoning"
    refusals: ClassVar = {
        "key": Refusal(401, {"error": "Unauthorized"}),
        "overflow": _error(400, "BadRequestError", _TOO_LONG),
        "overflow of an older one": Refusal(
            400, {"object": "error", "message": _TOO_LONG, "type": "BadRequestError", "param": None, "code": 400}
        ),
        "request": _error(
            400,
            "BadRequestError",
            '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
        ),
    }

    def call(self, index: int, call_id: str, name: str, pieces: list[str]) -> bytes:
        return super().call(index, f"chatcmpl-tool-{call_id:0<32}", name, pieces)

    def breakdown(self) -> bytes:
        said = {"message": "EngineCore encountered an issue.", "type": "InternalServerError", "param": None}
        return event({"error": {**said, "code": 500}}) + DONE

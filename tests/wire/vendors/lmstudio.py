"""LM Studio: "OpenAI Compatibility Endpoints" and "Tool Use" of lmstudio.ai/docs, and its own tracker of bugs.

It has no keys. A path that it does not know is answered with status 200 and an error, a tool cannot be demanded by its
name, and an error in a stream is an event of that name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import ClassVar

from tests.wire.vendors.vendor import CompatibleVendor, Json, Refusal


class LMStudio(CompatibleVendor):
    id = "lmstudio"
    model = "qwen3-30b-a3b"
    key = ""
    refusals: ClassVar = {
        "overflow": Refusal(
            400,
            {
                "error": "The number of tokens to keep from the initial prompt is greater than the context length. Try"
                " to load the model with a larger context length, or provide a shorter input"
            },
        ),
        "request": Refusal(
            400,
            {
                "error": {
                    "message": "No models loaded. Please load a model in the developer page.",
                    "type": "invalid_request_error",
                    "param": "model",
                    "code": "model_not_found",
                }
            },
        ),
    }

    def knows(self, headers: Mapping[str, str]) -> bool:
        return True

    def misses(self, body: Json) -> Refusal | None:
        if isinstance(body.get("tool_choice", "auto"), str):
            return None
        said = "Invalid tool_choice type: 'object'. Supported string values: none, auto, required"
        return Refusal(400, {"error": said})

    def no_such_path(self, path: str) -> Refusal:
        return Refusal(200, {"error": f"Unexpected endpoint or method. (POST {path})"})

    def breakdown(self) -> bytes:
        body = {"error": {"message": "Compute error."}, "message": "Compute error."}
        return b"event: error\ndata: " + json.dumps(body).encode() + b"\n\n"

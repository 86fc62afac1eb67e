"""A server with one vendor's manners; see ``tests/wire/vendors/table.py`` for whose."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tests.wire.model_server import Calls, ModelServer
from tests.wire.openai.server import result_in, said_in
from tests.wire.sse_server import RecordedRequest, Reply, Step
from tests.wire.vendors.vendor import CompatibleVendor


class VendorServer(ModelServer):
    """Keys, paths and fields are looked at before anything is answered, also what is scripted."""

    #: The vendor says itself what it does not know.
    path = ""

    def __init__(self, vendor: CompatibleVendor) -> None:
        super().__init__()
        self.vendor = vendor

    def refuse(self, request: RecordedRequest) -> Reply | None:
        refusal = self.vendor.refuse(request)
        return refusal.reply() if refusal is not None else None

    def text_of(self, request: RecordedRequest) -> str:
        return said_in(request.body)

    def result_of(self, request: RecordedRequest) -> str | None:
        return result_in(request.body)

    def refusal(self, message: str, status: int) -> dict[str, Any]:
        return {"error": self.vendor.error(message, "api_error", status)}

    def begin(self, prompt: int) -> bytes:
        return self.vendor.begin()

    def say(self, word: str) -> bytes:
        return self.vendor.say(word)

    def end(self, prompt: int, output: int) -> bytes:
        return self.vendor.end("stop", prompt, output)

    def call(self, tools: Calls) -> Iterable[Step]:
        yield self.vendor.begin()
        for index, (name, arguments) in enumerate(tools):
            yield self.vendor.call(index, f"call_{index}_{name}", name, [json.dumps(arguments)])
        yield self.vendor.end("tool_calls")

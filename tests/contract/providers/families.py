"""The provider families under one roof: how to open each, and how its vendor would say the same thing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, ClassVar, Protocol

from openclaw import providers
from openclaw.plugins.registry import Registry
from openclaw.ports.provider import Provider, ProviderConfig
from openclaw.ports.secrets import Secret
from tests.wire.anthropic import server as anthropic_wire
from tests.wire.bedrock import server as bedrock_wire
from tests.wire.google import server as google_wire
from tests.wire.ollama import server as ollama_wire
from tests.wire.openai import responses as responses_wire
from tests.wire.openai import server as openai_wire
from tests.wire.sse_server import Reply, SSEServer

KEY = "sk-test-0123456789abcdef"

Json = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """A vendor's refusal: HTTP status, body, headers."""

    status: int
    body: Json
    headers: dict[str, str]


def by_turns(calls: tuple[tuple[str, str, list[str]], ...]) -> Iterator[tuple[int, str]]:
    """A piece of each, then the next of each: whose it is, and what."""
    for turn in zip_longest(*(call[2] for call in calls)):
        yield from ((index, piece) for index, piece in enumerate(turn) if piece is not None)


class WireFamily(Protocol):
    """A family that speaks HTTP, from its vendor's side."""

    api: ClassVar[str]
    server_class: ClassVar[type[SSEServer]]
    #: What its wire format does not have.
    lacks: ClassVar[frozenset[str]]

    def text(self, *pieces: str, stop: str = "stop") -> bytes: ...
    def unfinished(self, *pieces: str) -> bytes: ...
    def tools(self, *calls: tuple[str, str, list[str]]) -> bytes:
        """Calls as (id, name, pieces of the arguments)."""
        ...

    def interleaved(self, *calls: tuple[str, str, list[str]]) -> bytes:
        """The same, the pieces of one between those of another."""
        ...

    def thinking(self, thoughts: list[str], answer: str) -> bytes: ...
    def counted(self, fresh: int, cached: int, output: int) -> bytes: ...
    def error_event(self) -> bytes:
        """An overload, inside a stream."""
        ...

    def silence(self) -> bytes:
        """What the vendor sends to keep a connection open."""
        ...

    def empty_deltas(self) -> bytes: ...
    def error(self, message: str, kind: str) -> Json: ...


class Anthropic:
    api = "anthropic-messages"
    server_class = anthropic_wire.AnthropicWireServer
    lacks: ClassVar = frozenset()
    _stops: ClassVar = {"stop": "end_turn", "length": "max_tokens", "refusal": "refusal"}

    def text(self, *pieces: str, stop: str = "stop") -> bytes:
        return self._around(anthropic_wire.text_block(0, *pieces), self._stops[stop])

    def unfinished(self, *pieces: str) -> bytes:
        return anthropic_wire.start() + anthropic_wire.text_block(0, *pieces)

    def tools(self, *calls: tuple[str, str, list[str]]) -> bytes:
        blocks = (anthropic_wire.tool_block(i, *call[:2], *call[2]) for i, call in enumerate(calls))
        return self._around(b"".join(blocks), "tool_use")

    def interleaved(self, *calls: tuple[str, str, list[str]]) -> bytes:
        opened = [anthropic_wire.open_tool(i, *call[:2]) for i, call in enumerate(calls)]
        pieces = [anthropic_wire.delta(i, "input_json_delta", partial_json=piece) for i, piece in by_turns(calls)]
        closed = [anthropic_wire.close_block(i) for i in range(len(calls))]
        return self._around(b"".join([*opened, *pieces, *closed]), "tool_use")

    def thinking(self, thoughts: list[str], answer: str) -> bytes:
        block = anthropic_wire.open_block(0, type="thinking", thinking="", signature="")
        block += b"".join(anthropic_wire.delta(0, "thinking_delta", thinking=t) for t in thoughts)
        block += anthropic_wire.delta(0, "signature_delta", signature="c2ln") + anthropic_wire.close_block(0)
        return self._around(block + anthropic_wire.text_block(1, answer), "end_turn")

    def counted(self, fresh: int, cached: int, output: int) -> bytes:
        return anthropic_wire.start(fresh, cached) + anthropic_wire.ending("end_turn", output)

    def error_event(self) -> bytes:
        return anthropic_wire.event("error", error={"type": "overloaded_error", "message": "Overloaded"})

    def silence(self) -> bytes:
        return anthropic_wire.PING + b": keep-alive\n\n"

    def empty_deltas(self) -> bytes:
        return self._around(anthropic_wire.text_block(0, "", "a", "", "b"), "end_turn")

    def error(self, message: str, kind: str) -> Json:
        return anthropic_wire.error_body(message, kind)

    @staticmethod
    def _around(content: bytes, stop: str) -> bytes:
        return anthropic_wire.start() + content + anthropic_wire.ending(stop)


class OpenAI:
    api = "openai-completions"
    server_class = openai_wire.OpenAIWireServer
    lacks: ClassVar = frozenset()
    _stops: ClassVar = {"stop": "stop", "length": "length", "refusal": "content_filter"}

    def text(self, *pieces: str, stop: str = "stop") -> bytes:
        return self.unfinished(*pieces) + self._end(self._stops[stop])

    def unfinished(self, *pieces: str) -> bytes:
        first = openai_wire.chunk({"role": "assistant", "content": "", "refusal": None})
        return first + b"".join(openai_wire.text(piece) for piece in pieces)

    def tools(self, *calls: tuple[str, str, list[str]]) -> bytes:
        data = b""
        for index, (call_id, name, pieces) in enumerate(calls):
            data += openai_wire.tool_piece(index, call_id, name, "")
            data += b"".join(openai_wire.tool_piece(index, arguments=piece) for piece in pieces)
        return data + self._end("tool_calls")

    def interleaved(self, *calls: tuple[str, str, list[str]]) -> bytes:
        opened = [openai_wire.tool_piece(index, call[0], call[1], "") for index, call in enumerate(calls)]
        pieces = [openai_wire.tool_piece(index, arguments=piece) for index, piece in by_turns(calls)]
        return b"".join([*opened, *pieces]) + self._end("tool_calls")

    def thinking(self, thoughts: list[str], answer: str) -> bytes:
        data = b"".join(openai_wire.chunk({"reasoning_content": t, "content": None}) for t in thoughts)
        return data + openai_wire.text(answer) + self._end("stop")

    def counted(self, fresh: int, cached: int, output: int) -> bytes:
        stop = openai_wire.chunk(finish_reason="stop")
        return stop + openai_wire.usage(fresh + cached, output, cached) + openai_wire.DONE

    def error_event(self) -> bytes:
        return openai_wire.event({"error": {"message": "overloaded", "type": "server_error", "code": None}})

    def silence(self) -> bytes:
        return b": keep-alive\n\n"

    def empty_deltas(self) -> bytes:
        return openai_wire.chunk({}) + self.text("", "a", "", "b")

    def error(self, message: str, kind: str) -> Json:
        return openai_wire.error_body(message, kind)

    @staticmethod
    def _end(reason: str) -> bytes:
        return openai_wire.chunk(finish_reason=reason) + openai_wire.usage(10, 5) + openai_wire.DONE


class OpenAIResponses:
    api = "openai-responses"
    server_class = responses_wire.ResponsesWireServer
    lacks: ClassVar = frozenset()
    _stops: ClassVar = {"stop": "", "length": "max_output_tokens", "refusal": "content_filter"}

    def text(self, *pieces: str, stop: str = "stop") -> bytes:
        return self.unfinished(*pieces) + responses_wire.end(self._stops[stop])

    def unfinished(self, *pieces: str) -> bytes:
        return responses_wire.begin() + b"".join(responses_wire.text(piece) for piece in pieces)

    def tools(self, *calls: tuple[str, str, list[str]]) -> bytes:
        asked = b"".join(responses_wire.function_call(*call) for call in calls)
        return responses_wire.begin() + asked + responses_wire.end()

    def interleaved(self, *calls: tuple[str, str, list[str]]) -> bytes:
        opened = [responses_wire.call_added(*call[:2]) for call in calls]
        pieces = [responses_wire.call_piece(calls[index][0], piece) for index, piece in by_turns(calls)]
        closed = [responses_wire.call_done(call_id, name, "".join(said)) for call_id, name, said in calls]
        return responses_wire.begin() + b"".join([*opened, *pieces, *closed]) + responses_wire.end()

    def thinking(self, thoughts: list[str], answer: str) -> bytes:
        return responses_wire.begin() + responses_wire.reasoning(thoughts) + self.text(answer)

    def counted(self, fresh: int, cached: int, output: int) -> bytes:
        return responses_wire.end(prompt=fresh + cached, output=output, cached=cached)

    def error_event(self) -> bytes:
        error = {"code": "server_error", "message": "overloaded"}
        return responses_wire.event("response.failed", response={"id": "resp_1", "status": "failed", "error": error})

    def silence(self) -> bytes:
        return b": keep-alive\n\n"

    def empty_deltas(self) -> bytes:
        return self.text("", "a", "", "b")

    def error(self, message: str, kind: str) -> Json:
        return openai_wire.error_body(message, kind)


class Bedrock:
    """Binary frames. What an error is called stands in a header."""

    api = "bedrock-converse"
    server_class = bedrock_wire.BedrockWireServer
    lacks: ClassVar = frozenset({"events", "error kinds", "text"})
    _stops: ClassVar = {"stop": "end_turn", "length": "max_tokens", "refusal": "content_filtered"}

    def text(self, *pieces: str, stop: str = "stop") -> bytes:
        return self.unfinished(*pieces) + bedrock_wire.end(self._stops[stop])

    def unfinished(self, *pieces: str) -> bytes:
        return bedrock_wire.begin() + b"".join(bedrock_wire.text(piece) for piece in pieces)

    def tools(self, *calls: tuple[str, str, list[str]]) -> bytes:
        asked = b"".join(bedrock_wire.tool_use(index, *call) for index, call in enumerate(calls))
        return bedrock_wire.begin() + asked + bedrock_wire.end("tool_use")

    def interleaved(self, *calls: tuple[str, str, list[str]]) -> bytes:
        opened = [bedrock_wire.open_tool(index, *call[:2]) for index, call in enumerate(calls)]
        pieces = [bedrock_wire.tool_piece(index, piece) for index, piece in by_turns(calls)]
        closed = [bedrock_wire.close_block(index) for index in range(len(calls))]
        return bedrock_wire.begin() + b"".join([*opened, *pieces, *closed]) + bedrock_wire.end("tool_use")

    def thinking(self, thoughts: list[str], answer: str) -> bytes:
        return bedrock_wire.begin() + bedrock_wire.reasoning(thoughts) + self.text(answer)

    def counted(self, fresh: int, cached: int, output: int) -> bytes:
        return bedrock_wire.end(prompt=fresh, output=output, cached=cached)

    def error_event(self) -> bytes:
        return bedrock_wire.exception("serviceUnavailableException", "overloaded")

    def silence(self) -> bytes:
        return bedrock_wire.event("initial-response", {})

    def empty_deltas(self) -> bytes:
        return self.text("", "a", "", "b")

    def error(self, message: str, kind: str) -> Json:
        return {"message": message}


class Google:
    """Calls come whole and without ids; what an error is called is its status."""

    api = "google-generative-ai"
    server_class = google_wire.GoogleWireServer
    lacks: ClassVar = frozenset({"call ids", "streamed arguments", "error kinds"})
    _stops: ClassVar = {"stop": "STOP", "length": "MAX_TOKENS", "refusal": "SAFETY"}

    def text(self, *pieces: str, stop: str = "stop") -> bytes:
        return self.unfinished(*pieces) + google_wire.end(self._stops[stop])

    def unfinished(self, *pieces: str) -> bytes:
        return google_wire.parts() + b"".join(google_wire.parts({"text": piece}) for piece in pieces)

    def tools(self, *calls: tuple[str, str, list[str]]) -> bytes:
        asked = [google_wire.call(name, json.loads("".join(pieces) or "{}")) for _, name, pieces in calls]
        return google_wire.parts(*asked) + google_wire.end()

    def interleaved(self, *calls: tuple[str, str, list[str]]) -> bytes:
        return self.tools(*calls)

    def thinking(self, thoughts: list[str], answer: str) -> bytes:
        thought = b"".join(google_wire.parts({"text": each, "thought": True}) for each in thoughts)
        return thought + self.text(answer)

    def counted(self, fresh: int, cached: int, output: int) -> bytes:
        return google_wire.end(prompt=fresh + cached, output=output, cached=cached)

    def error_event(self) -> bytes:
        return google_wire.event(google_wire.error_body("The model is overloaded.", 503))

    def silence(self) -> bytes:
        return b": keep-alive\r\n\r\n"

    def empty_deltas(self) -> bytes:
        return self.text("", "a", "", "b")

    def error(self, message: str, kind: str) -> Json:
        return google_wire.error_body(message)


class Ollama:
    """Lines of JSON. A call's arguments come whole, and nothing is sent to keep a connection open."""

    api = "ollama"
    server_class = ollama_wire.OllamaWireServer
    lacks: ClassVar = frozenset({"call ids", "streamed arguments", "refusals", "cached usage", "events", "error kinds"})
    _stops: ClassVar = {"stop": "stop", "length": "length"}

    def text(self, *pieces: str, stop: str = "stop") -> bytes:
        return self.unfinished(*pieces) + ollama_wire.end(self._stops[stop])

    def unfinished(self, *pieces: str) -> bytes:
        return ollama_wire.piece() + b"".join(ollama_wire.piece(content=piece) for piece in pieces)

    def tools(self, *calls: tuple[str, str, list[str]]) -> bytes:
        asked = [ollama_wire.call(name, json.loads("".join(pieces) or "{}")) for _, name, pieces in calls]
        return b"".join(ollama_wire.piece(tool_calls=[each]) for each in asked) + ollama_wire.end()

    def interleaved(self, *calls: tuple[str, str, list[str]]) -> bytes:
        return self.tools(*calls)

    def thinking(self, thoughts: list[str], answer: str) -> bytes:
        thought = b"".join(ollama_wire.piece(thinking=each) for each in thoughts)
        return thought + self.text(answer)

    def counted(self, fresh: int, cached: int, output: int) -> bytes:
        return ollama_wire.end(prompt=fresh + cached, output=output)

    def error_event(self) -> bytes:
        return ollama_wire.line({"error": "server busy, please try again. maximum pending requests exceeded"})

    def silence(self) -> bytes:
        return b"\n"

    def empty_deltas(self) -> bytes:
        return ollama_wire.piece() + self.text("", "a", "", "b")

    def error(self, message: str, kind: str) -> Json:
        return {"error": message}


WIRE_FAMILIES: dict[str, WireFamily] = {
    "anthropic": Anthropic(),
    "bedrock": Bedrock(),
    "google": Google(),
    "ollama": Ollama(),
    "openai": OpenAI(),
    "responses": OpenAIResponses(),
}


def open_provider(api: str, base_url: str = "", key: str = KEY, headers: dict[str, str] | None = None) -> Provider:
    registry = Registry()
    providers.register(registry)
    options = {"region": "eu-central-1"} if api == "bedrock-converse" else {}
    config = ProviderConfig("acme", api, base_url, Secret(key), headers or {}, options=options)
    return registry.providers[api].open(config)


def stream_of(data: bytes) -> Reply:
    return Reply([data])


def arguments(value: Json) -> str:
    return json.dumps(value)

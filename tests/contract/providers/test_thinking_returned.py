"""What a model thought goes back to it as it came, before the calls that it led to."""

from __future__ import annotations

from contextlib import closing

from openclaw.domain.transcript import (
    Block,
    Message,
    ThinkingBlock,
    ToolCallBlock,
    ToolResultBlock,
    tool_result,
)
from openclaw.ports.provider import ModelEvent, ThinkingDone, ToolCallDone
from tests.contract.providers.calls import ask, calls_of, events_of
from tests.contract.providers.families import open_provider
from tests.wire.google import server as google_wire
from tests.wire.google.server import GoogleWireServer
from tests.wire.openai import responses as responses_wire
from tests.wire.openai.responses import ResponsesWireServer
from tests.wire.sse_server import Reply


def said_in(events: list[ModelEvent]) -> tuple[Block, ...]:
    """The thoughts and calls of an answer, as they are kept."""
    kept = [event for event in events if isinstance(event, ThinkingDone | ToolCallDone)]
    return tuple(event.block if isinstance(event, ThinkingDone) else event.call for event in kept)


def test_reasoning_of_the_responses_api_goes_back_before_what_it_led_to() -> None:
    with ResponsesWireServer() as server:
        call = responses_wire.function_call("call_1", "weather", ["{}"])
        server.script(Reply([responses_wire.begin(), responses_wire.reasoning(["Hm."]), call, responses_wire.end()]))
        with closing(open_provider("openai-responses", server.base_url)) as provider:
            events = events_of(provider, ask("weather?", thinking="high"))
            said = Message("assistant", said_in(events))
            answered = tool_result(ToolResultBlock("call_1", "weather", "sunny"))
            events_of(provider, ask("weather?", said, answered, thinking="high"))
        sent = server.requests[1].body
    assert sent["reasoning"] == {"summary": "auto", "effort": "high"}
    assert sent["include"] == ["reasoning.encrypted_content"]
    assert sent["input"][1] == {"type": "reasoning", "summary": [], "id": "rs_1", "encrypted_content": "gAAAA"}
    assert sent["input"][2]["type"] == "function_call"


def test_geminis_signatures_go_back_in_the_parts_that_they_came_with() -> None:
    with GoogleWireServer() as server:
        signed = google_wire.parts(
            google_wire.call("weather", {}, "sig-1"), google_wire.call("weather", {"city": "Bern"})
        )
        server.script(Reply([google_wire.parts({"text": "Hm.", "thought": True}), signed, google_wire.end()]))
        with closing(open_provider("google-generative-ai", server.base_url)) as provider:
            events = events_of(provider, ask("weather?", model="gemini-3-pro", thinking="low"))
            said = said_in(events)
            results = Message("tool", tuple(ToolResultBlock(call.id, "weather", "sunny") for call in calls_of(events)))
            events_of(provider, ask("weather?", Message("assistant", said), results, model="gemini-3-pro"))
            foreign = Message("assistant", (ThinkingBlock("", "anthropics"), ToolCallBlock("c", "weather", {})))
            events_of(
                provider, ask("?", foreign, tool_result(ToolResultBlock("c", "weather", "x")), model="gemini-3-pro")
            )
        first, second, third = (request.body for request in server.requests)
    assert first["generationConfig"]["thinkingConfig"] == {"thinkingLevel": "low", "includeThoughts": True}
    assert [part.get("thoughtSignature") for part in second["contents"][1]["parts"]] == ["sig-1", None]
    assert [part["thoughtSignature"] for part in third["contents"][1]["parts"]] == ["skip_thought_signature_validator"]

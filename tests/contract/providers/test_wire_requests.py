"""The exact JSON that a vendor receives."""

from __future__ import annotations

from contextlib import closing

import pytest

from openclaw.domain.transcript import (
    Block,
    Message,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    ToolResultBlock,
    tool_result,
    user_text,
)
from openclaw.errors import AuthFailed, RateLimited
from openclaw.ports.provider import ModelEvent, ThinkingDone, ToolCallDone, ToolChoice
from openclaw.providers.openai_compatible import dialects
from openclaw.providers.openai_compatible.dialects import Dialect
from tests.contract.providers.calls import WEATHER, ask, calls_of, events_of, stop_of
from tests.contract.providers.conftest import Vendor
from tests.contract.providers.families import KEY, open_provider
from tests.wire.google import server as google_wire
from tests.wire.google.server import GoogleWireServer
from tests.wire.openai import responses as responses_wire
from tests.wire.openai.responses import ResponsesWireServer
from tests.wire.openai.server import OpenAIWireServer
from tests.wire.sse_server import Reply

#: Two calls, one with broken arguments; the second result came late, behind the person's next words.
CONVERSATION = (
    user_text("Weather in Bern?"),
    Message(
        "assistant",
        (
            ThinkingBlock("I need the tool.", "c2ln"),
            TextBlock("Looking."),
            TextBlock("  "),
            ToolCallBlock("call.1", "weather", {"city": "Bern"}),
            ToolCallBlock("call_2", "weather", None, '{"city": '),
        ),
    ),
    Message("tool", (ToolResultBlock("call.1", "weather", "sunny"),)),
    user_text("And hurry."),
    Message("tool", (ToolResultBlock("call_2", "weather", "not JSON", is_error=True),)),
)

ANTHROPIC = {
    "model": "echo",
    "max_tokens": 100,
    "stream": True,
    "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
    "tools": [
        {
            "name": "weather",
            "description": "Tells the weather.",
            "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
            "cache_control": {"type": "ephemeral"},
        }
    ],
    "messages": [
        {
            "role": "user",
            "content": [{"type": "text", "text": "Weather in Bern?", "cache_control": {"type": "ephemeral"}}],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "I need the tool.", "signature": "c2ln"},
                {"type": "text", "text": "Looking."},
                {"type": "tool_use", "id": "call_1_f114f143", "name": "weather", "input": {"city": "Bern"}},
                {"type": "tool_use", "id": "call_2", "name": "weather", "input": {"INVALID_JSON": '{"city": '}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "call_1_f114f143", "content": "sunny"},
                {"type": "tool_result", "tool_use_id": "call_2", "content": "not JSON", "is_error": True},
                {"type": "text", "text": "And hurry.", "cache_control": {"type": "ephemeral"}},
            ],
        },
    ],
}

OPENAI = {
    "model": "echo",
    "max_tokens": 100,
    "stream": True,
    "stream_options": {"include_usage": True},
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "weather",
                "description": "Tells the weather.",
                "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
            },
        }
    ],
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Weather in Bern?"},
        {
            "role": "assistant",
            "content": "Looking.  ",
            "tool_calls": [
                {
                    "id": "call_1_f114f143",
                    "type": "function",
                    "function": {"name": "weather", "arguments": '{"city": "Bern"}'},
                },
                {
                    "id": "call_2",
                    "type": "function",
                    "function": {"name": "weather", "arguments": '{"INVALID_JSON": "{\\"city\\": "}'},
                },
            ],
        },
        {"role": "tool", "tool_call_id": "call_1_f114f143", "content": "sunny"},
        {"role": "tool", "tool_call_id": "call_2", "content": "not JSON"},
        {"role": "user", "content": "And hurry."},
    ],
}

OLLAMA = {
    "model": "echo",
    "stream": True,
    "options": {"num_predict": 100},
    "tools": OPENAI["tools"],
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Weather in Bern?"},
        {
            "role": "assistant",
            "content": "Looking.  ",
            "tool_calls": [
                {"function": {"name": "weather", "arguments": {"city": "Bern"}}},
                {"function": {"name": "weather", "arguments": {"INVALID_JSON": '{"city": '}}},
            ],
        },
        {"role": "tool", "tool_name": "weather", "content": "sunny"},
        {"role": "tool", "tool_name": "weather", "content": "not JSON"},
        {"role": "user", "content": "And hurry."},
    ],
}

RESPONSES = {
    "model": "echo",
    "max_output_tokens": 100,
    "stream": True,
    "store": False,
    "instructions": "Be brief.",
    "tools": [{"type": "function", **OPENAI["tools"][0]["function"], "strict": False}],
    "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "Weather in Bern?"}]},
        {"role": "assistant", "content": "Looking."},
        {"type": "function_call", "call_id": "call_1_f114f143", "name": "weather", "arguments": '{"city": "Bern"}'},
        {
            "type": "function_call",
            "call_id": "call_2",
            "name": "weather",
            "arguments": '{"INVALID_JSON": "{\\"city\\": "}',
        },
        {"type": "function_call_output", "call_id": "call_1_f114f143", "output": "sunny"},
        {"type": "function_call_output", "call_id": "call_2", "output": "not JSON"},
        {"role": "user", "content": [{"type": "input_text", "text": "And hurry."}]},
    ],
}

GOOGLE = {
    "generationConfig": {"maxOutputTokens": 100},
    "systemInstruction": {"parts": [{"text": "Be brief."}]},
    "tools": [
        {
            "functionDeclarations": [
                {
                    "name": "weather",
                    "description": "Tells the weather.",
                    "parametersJsonSchema": {"type": "object", "properties": {"city": {"type": "string"}}},
                }
            ]
        }
    ],
    "contents": [
        {"role": "user", "parts": [{"text": "Weather in Bern?"}]},
        {
            "role": "model",
            "parts": [
                {"text": "Looking."},
                {"functionCall": {"name": "weather", "args": {"city": "Bern"}}},
                {"functionCall": {"name": "weather", "args": {"INVALID_JSON": '{"city": '}}},
            ],
        },
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"name": "weather", "response": {"output": "sunny"}}},
                {"functionResponse": {"name": "weather", "response": {"error": "not JSON"}}},
            ],
        },
        {"role": "user", "parts": [{"text": "And hurry."}]},
    ],
}

BEDROCK = {
    "inferenceConfig": {"maxTokens": 100},
    "system": [{"text": "Be brief."}],
    "toolConfig": {
        "tools": [
            {
                "toolSpec": {
                    "name": "weather",
                    "description": "Tells the weather.",
                    "inputSchema": {"json": {"type": "object", "properties": {"city": {"type": "string"}}}},
                }
            }
        ]
    },
    "messages": [
        {"role": "user", "content": [{"text": "Weather in Bern?"}]},
        {
            "role": "assistant",
            "content": [
                {"text": "Looking."},
                {"toolUse": {"toolUseId": "call_1_f114f143", "name": "weather", "input": {"city": "Bern"}}},
                {"toolUse": {"toolUseId": "call_2", "name": "weather", "input": {"INVALID_JSON": '{"city": '}}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "toolResult": {
                        "toolUseId": "call_1_f114f143",
                        "content": [{"text": "sunny"}],
                        "status": "success",
                    }
                },
                {"toolResult": {"toolUseId": "call_2", "content": [{"text": "not JSON"}], "status": "error"}},
                {"text": "And hurry."},
            ],
        },
    ],
}

EXPECTED = {
    "bedrock-converse": BEDROCK,
    "google-generative-ai": GOOGLE,
    "openai-responses": RESPONSES,
    "anthropic-messages": ANTHROPIC,
    "openai-completions": OPENAI,
    "ollama": OLLAMA,
}


def test_a_conversation_with_tools_arrives_as_the_vendor_wants_it(vendor: Vendor) -> None:
    events_of(vendor.provider, ask(*CONVERSATION, max_output_tokens=100, tools=(WEATHER,)))
    (received,) = vendor.server.requests
    assert received.body == EXPECTED[vendor.family.api]
    key = received.headers.get("x-goog-api-key") or received.headers["authorization"].removeprefix("Bearer ")
    assert key == KEY


def test_configured_headers_are_sent(vendor: Vendor) -> None:
    provider = open_provider(vendor.family.api, vendor.base_url, headers={"X-Team": "blue"})
    events_of(provider, ask("hello"))
    provider.close()
    assert vendor.server.requests[0].headers["x-team"] == "blue"


def test_no_tools_and_no_system_prompt_are_left_out(vendor: Vendor) -> None:
    events_of(vendor.provider, ask("hello", system="", tools=()))
    body = vendor.server.requests[0].body
    assert "tools" not in body
    assert {"system", "instructions", "systemInstruction"}.isdisjoint(body)
    said = body.get("messages") or body.get("input") or body["contents"]
    assert [m["role"] for m in said] == ["user"]


#: What a choice looks like to each vendor; ``None`` for what is left unsaid.
CHOICES = {
    "anthropic-messages": [
        (ToolChoice(), {"tool_choice": None}),
        (ToolChoice("none"), {"tool_choice": {"type": "none"}}),
        (ToolChoice("required"), {"tool_choice": {"type": "any"}}),
        (ToolChoice("required", "weather"), {"tool_choice": {"type": "tool", "name": "weather"}}),
        (ToolChoice(parallel=False), {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}}),
    ],
    "openai-completions": [
        (ToolChoice(), {"tool_choice": None, "parallel_tool_calls": None}),
        (ToolChoice("none"), {"tool_choice": "none"}),
        (ToolChoice("required"), {"tool_choice": "required"}),
        (
            ToolChoice("required", "weather"),
            {"tool_choice": {"type": "function", "function": {"name": "weather"}}, "parallel_tool_calls": None},
        ),
        (ToolChoice(parallel=False), {"tool_choice": None, "parallel_tool_calls": False}),
    ],
    "openai-responses": [
        (ToolChoice(), {"tool_choice": None, "parallel_tool_calls": None}),
        (ToolChoice("required", "weather"), {"tool_choice": {"type": "function", "name": "weather"}}),
        (ToolChoice("none", parallel=False), {"tool_choice": "none", "parallel_tool_calls": False}),
    ],
    "google-generative-ai": [
        (ToolChoice(), {"toolConfig": None}),
        (ToolChoice("none"), {"toolConfig": {"functionCallingConfig": {"mode": "NONE"}}}),
        (ToolChoice("required"), {"toolConfig": {"functionCallingConfig": {"mode": "ANY"}}}),
        (
            ToolChoice("required", "weather"),
            {"toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["weather"]}}},
        ),
    ],
    "bedrock-converse": [
        (ToolChoice(), {"toolConfig": BEDROCK["toolConfig"]}),
        (ToolChoice("required"), {"toolConfig": {**BEDROCK["toolConfig"], "toolChoice": {"any": {}}}}),
        (
            ToolChoice("required", "weather"),
            {"toolConfig": {**BEDROCK["toolConfig"], "toolChoice": {"tool": {"name": "weather"}}}},
        ),
    ],
    # It has no word for a choice: tools that must not be called are not shown.
    "ollama": [(ToolChoice(), {"tools": OPENAI["tools"]}), (ToolChoice("none"), {"tools": None})],
}


def test_a_choice_of_tools_is_told_in_the_vendors_words(vendor: Vendor) -> None:
    cases = CHOICES[vendor.family.api]
    for choice, _ in cases:
        events_of(vendor.provider, ask("hello", tool_choice=choice))
    for (_, expected), request in zip(cases, vendor.server.requests, strict=True):
        assert {name: request.body.get(name) for name in expected} == expected


def test_a_choice_without_tools_is_left_unsaid(vendor: Vendor) -> None:
    events_of(vendor.provider, ask("hello", tools=(), tool_choice=ToolChoice("none", parallel=False)))
    assert {"tool_choice", "parallel_tool_calls"}.isdisjoint(vendor.server.requests[0].body)


def test_where_a_gateway_has_the_key_none_is_sent_but_the_gateways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(dialects.BY_HOST, "127.0.0.1", Dialect(key_at_gateway=True))
    with OpenAIWireServer() as server:
        theirs = {"cf-aig-authorization": "Bearer cf-secret"}
        for key in ("", "sk-of-the-vendor"):
            with closing(open_provider("openai-completions", server.base_url, key, theirs)) as provider:
                events_of(provider, ask("hello"))
        first, second = server.requests
    assert ("authorization" in first.headers, first.headers["cf-aig-authorization"]) == (False, "Bearer cf-secret")
    assert second.headers["authorization"] == "Bearer sk-of-the-vendor"


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
            blocks = [
                e.block if isinstance(e, ThinkingDone) else e.call
                for e in events
                if hasattr(e, "block") or hasattr(e, "call")
            ]
            answered = tool_result(ToolResultBlock("call_1", "weather", "sunny"))
            events_of(provider, ask("weather?", Message("assistant", blocks), answered, thinking="high"))
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


def test_gemini_says_in_its_body_how_long_to_wait_and_that_a_key_is_wrong() -> None:
    with GoogleWireServer() as server, closing(open_provider("google-generative-ai", server.base_url)) as provider:
        wait = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s"}
        server.script(Reply.of_json(google_wire.error_body("Slow down.", 429, details=[wait]), 429))
        with pytest.raises(RateLimited) as limited:
            events_of(provider, ask("hello"))
        assert limited.value.retry_after_seconds == 34.5
        server.script(
            Reply.of_json([google_wire.error_body("API key not valid. Please pass a valid API key.", 400)], 400)
        )
        with pytest.raises(AuthFailed):
            events_of(provider, ask("hello"))
        server.script(Reply([google_wire.event({"promptFeedback": {"blockReason": "SAFETY"}})]))
        assert stop_of(events_of(provider, ask("hello"))) == "refusal"

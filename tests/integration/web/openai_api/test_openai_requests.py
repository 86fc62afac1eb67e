"""What ``/v1`` reads and what it refuses, and the message that a request becomes."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any

import openai
import pytest
from marshmallow import Schema
from openai.types.chat.completion_create_params import CompletionCreateParamsBase
from openai.types.responses.response_create_params import ResponseCreateParamsBase

from tests.integration.web.openai_api.calls import BEARER, CHAT, HELLO, TOOL, post
from tests.integration.web.serving import Served
from web.http.openai import chat_request, responses_request

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}
CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"at": 1}'}}


BAD_CHATS: list[tuple[Any, str | None, str]] = [
    (b"{", None, "invalid_json"),
    (b"\xff", None, "invalid_json"),
    ([], None, "invalid_json"),
    (b'{"model": NaN}', None, "invalid_json"),
    ({"messages": HELLO}, "model", "missing_required_parameter"),
    ({"model": "openclaw"}, "messages", "missing_required_parameter"),
    ({**CHAT, "colour": "red"}, "colour", "unknown_parameter"),
    ({**CHAT, "stream": "yes"}, "stream", "invalid_request"),
    ({**CHAT, "stream_options": {"include_usage": 1}}, "stream_options.include_usage", "invalid_request"),
    ({**CHAT, "n": 2}, "n", "invalid_request"),
    ({**CHAT, "max_tokens": 0}, "max_tokens", "invalid_request"),
    ({**CHAT, "functions": [{}]}, "functions", "unsupported_parameter"),
    ({**CHAT, "modalities": ["text", "audio"]}, "modalities", "unsupported_value"),
    ({**CHAT, "response_format": {"type": "json_object"}}, "response_format", "unsupported_value"),
    ({**CHAT, "messages": []}, "messages", "invalid_request"),
    ({**CHAT, "messages": ["hello"]}, "messages[0].role", "invalid_request"),
    ({**CHAT, "messages": [{"role": "king", "content": "x"}]}, "messages[0].role", "invalid_request"),
    ({**CHAT, "messages": [{"role": "user"}]}, "messages[0].content", "missing_required_parameter"),
    ({**CHAT, "messages": [{"role": "user", "content": 7}]}, "messages[0].content", "invalid_request"),
    ({**CHAT, "messages": [{"role": "user", "content": [IMAGE]}]}, "messages[0].content[0]", "unsupported_content"),
    ({**CHAT, "messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0].text",
     "missing_required_parameter"),
    ({**CHAT, "messages": [{"role": "user", "content": "a\0b"}]}, "messages[0].content", "invalid_request"),
    ({**CHAT, "messages": [{"role": "user", "content": " "}]}, "messages", "invalid_request"),
    ({**CHAT, "messages": [*HELLO, {"role": "assistant", "content": "x"}]}, "messages", "invalid_request"),
    ({**CHAT, "messages": [*HELLO, {"role": "tool", "tool_call_id": "c1", "content": "x"}]}, "messages",
     "invalid_request"),
    ({**CHAT, "messages": [{"role": "assistant", "tool_calls": [{"id": "c1"}]}]},
     "messages[0].tool_calls[0].function", "missing_required_parameter"),
    ({**CHAT, "tools": [{"type": "code_interpreter"}]}, "tools[0].type", "unsupported_value"),
    ({**CHAT, "tools": [{"type": "function", "function": {}}]}, "tools[0].function.name",
     "missing_required_parameter"),
    ({**CHAT, "tools": [{"type": "function", "function": {"name": "a b"}}]}, "tools[0].function.name",
     "invalid_request"),
    ({**CHAT, "tools": [{"type": "function", "function": {"name": "a", "parameters": {}}}, TOOL, TOOL]}, "tools",
     "invalid_request"),
    ({**CHAT, "tools": [{"type": "function", "function": {"name": "a", "parameters": [1]}}]}, "tools[0].function",
     "invalid_request"),
    ({**CHAT, "tool_choice": "required"}, "tool_choice", "invalid_request"),
    ({**CHAT, "tools": [TOOL], "tool_choice": "sometimes"}, "tool_choice", "unsupported_value"),
    ({**CHAT, "tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "b"}}}, "tool_choice",
     "invalid_request"),
]  # fmt: skip
BAD_RESPONSES: list[tuple[Any, str | None, str]] = [
    ({"model": "openclaw"}, "input", "missing_required_parameter"),
    ({"model": "openclaw", "input": 7}, "input", "invalid_request"),
    ({"model": "openclaw", "input": []}, "input", "invalid_request"),
    ({"model": "openclaw", "input": [{"type": "item_reference", "id": "x"}]}, "input[0].type", "unsupported_value"),
    ({"model": "openclaw", "input": [{"role": "user", "content": [{"type": "input_image"}]}]},
     "input[0].content[0]", "unsupported_content"),
    ({"model": "openclaw", "input": [{"type": "function_call_output", "call_id": "c1", "output": "x"}]}, "input",
     "invalid_request"),
    ({"model": "openclaw", "input": "x", "background": True}, "background", "unsupported_parameter"),
    ({"model": "openclaw", "input": "x", "text": {"format": {"type": "json_schema"}}}, "text.format",
     "unsupported_value"),
    ({"model": "openclaw", "input": "x", "tools": [{"type": "web_search"}]}, "tools[0].type", "unsupported_value"),
    ({"model": "openclaw", "input": "x", "previous_response_id": "resp_1"}, "previous_response_id",
     "previous_response_not_found"),
]  # fmt: skip


@pytest.mark.spec("B1", "B4")
@pytest.mark.parametrize(
    ("path", "body", "param", "code"),
    [("/v1/chat/completions", *case) for case in BAD_CHATS] + [("/v1/responses", *case) for case in BAD_RESPONSES],
)
def test_what_is_malformed_or_not_served_is_named(
    api: Served, path: str, body: Any, param: str | None, code: str
) -> None:
    status, _, answered = post(api, path, body)
    error = answered["error"]
    assert (status, error["type"], error["param"], error["code"]) == (400, "invalid_request_error", param, code)
    assert error["message"]
    assert api.desk.submitted == []


@pytest.mark.spec("B1")
@pytest.mark.parametrize(
    ("schema", "official"),
    [
        (chat_request._chat, CompletionCreateParamsBase),
        (responses_request._responses, ResponseCreateParamsBase),
    ],
    ids=["chat", "responses"],
)
def test_every_field_of_openais_interface_is_known(schema: Schema, official: type) -> None:
    assert set(official.__annotations__) - set(schema.fields) == set()


@pytest.mark.spec("B1")
def test_fields_that_are_left_aside_do_no_harm(api: Served) -> None:
    left_aside = dict.fromkeys(chat_request.IGNORED, 1) | {"tools": None, "user": None, "stop": ["x"]}
    assert post(api, "/v1/chat/completions", {**CHAT, **left_aside})[0] == 200
    assert sent(api)["options"] == {}


def test_the_guide_lists_what_is_left_aside_and_refused() -> None:
    guide = (Path(__file__).parents[4] / "docs" / "http-api.md").read_text(encoding="utf-8")
    for names in (
        *(chat_request.IGNORED, chat_request.UNSUPPORTED),
        *(responses_request.IGNORED, responses_request.UNSUPPORTED),
    ):
        assert f"`{' '.join(names)}`" in guide


@pytest.mark.spec("B1")
@pytest.mark.parametrize("model", ["gpt-4o", "openclaw/nobody", "agent:", "openclaw/a/b", "other"])
def test_a_model_that_is_no_agent_is_not_found(client: openai.OpenAI, model: str) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model=model, messages=HELLO)
    assert (caught.value.code, caught.value.param) == ("model_not_found", "model")


@pytest.mark.spec("B1", "B7")
@pytest.mark.parametrize("chunked", [False, True])
def test_a_request_beyond_its_limit_is_refused_before_it_is_read(api: Served, chunked: bool) -> None:
    body = json.dumps({**CHAT, "user": "x" * 100_000}).encode()
    connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=20)
    connection.request(
        "POST", "/v1/chat/completions", iter([body]) if chunked else body, BEARER, encode_chunked=chunked
    )
    response = connection.getresponse()
    assert (response.status, json.loads(response.read())["error"]["code"]) == (413, "request_too_large")
    connection.close()
    # Webhooks take more than that here: the limit is the route's own.
    assert post(api, "/v1/responses", {"model": "openclaw", "input": "x" * 2_000_000})[0] == 200


def sent(api: Served) -> dict[str, Any]:
    """The newest message that was made durable."""
    return api.desk.submitted[-1]


@pytest.mark.spec("B1", "H2")
def test_a_request_becomes_one_message_with_the_conversation_before_it(api: Served, client: openai.OpenAI) -> None:
    client.chat.completions.create(
        model="openclaw",
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "one"},
            {"role": "assistant", "content": "two", "tool_calls": [CALL]},  # type: ignore[list-item]
            {"role": "tool", "tool_call_id": "c1", "content": "three"},
            {"role": "user", "content": "four"},
        ],
        tools=[TOOL],  # type: ignore[list-item]
        tool_choice="required",
        max_completion_tokens=7,
        temperature=0.5,
        extra_headers={"x-openclaw-model": "mock/other"},
    )
    message = sent(api)
    assert (message["text"], message["mode"]) == ("four", "queue")
    call = {"type": "tool_call", "id": "c1", "name": "look", "arguments": {"at": 1}, "raw": ""}
    result = {"type": "tool_result", "call_id": "c1", "name": "look", "text": "three", "is_error": False}
    assert message["options"] == {
        "extra_system_prompt": "Be brief.",
        "history": [
            {"role": "user", "blocks": [{"type": "text", "text": "one"}]},
            {"role": "assistant", "blocks": [{"type": "text", "text": "two"}, call]},
        ],
        "preface": [{"role": "tool", "blocks": [result]}],
        "tools": [{"name": "look", "description": "", "parameters": {"type": "object"}}],
        "tool_choice": {"mode": "required", "name": "", "parallel": True},
        "model": "mock/other",
        "max_output_tokens": 7,
    }


@pytest.mark.spec("B1")
def test_items_are_read_like_messages(api: Served, client: openai.OpenAI) -> None:
    items: list[Any] = [
        {"role": "developer", "content": "Be kind."},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "one"}]},
        {"type": "reasoning", "id": "r", "summary": []},
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "two", "annotations": []}],
        },
        {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"},
        {"type": "function_call", "call_id": "c2", "name": "look", "arguments": "broken"},
        {"type": "function_call_output", "call_id": "c1", "output": "three"},
        {"type": "function_call_output", "call_id": "c2", "output": [{"type": "input_text", "text": "four"}]},
    ]
    client.responses.create(model="openclaw", input=items, instructions="Be brief.", max_output_tokens=9, store=False)
    message, options = sent(api), sent(api)["options"]
    assert (message["text"], options["extra_system_prompt"], options["max_output_tokens"]) == (
        "",
        "Be brief.\n\nBe kind.",
        9,
    )
    assert [len(told["blocks"]) for told in options["history"]] == [1, 3]
    assert options["history"][1]["blocks"][2]["raw"] == "broken"
    assert [told["blocks"][0]["text"] for told in options["preface"]] == ["three", "four"]


@pytest.mark.spec("B1", "D2")
@pytest.mark.parametrize(
    ("wanted", "key"),
    [
        ({"model": "openclaw", "user": "ann@home"}, "agent:main:openai-user:ann@home"),
        ({"model": "openclaw:other", "user": "ann"}, "agent:other:openai-user:ann"),
        ({"model": "openclaw", "user": "Ann"}, "agent:main:openai-user:sha256-"),
        ({"model": "AGENT:Other"}, "agent:other:openai:"),
        ({"model": "openclaw/default"}, "agent:main:openai:"),
        ({"model": "gpt-4o", "extra_headers": {"x-openclaw-agent-id": "other"}}, "agent:other:openai:"),
        ({"model": "openclaw", "extra_headers": {"x-openclaw-session-key": "desk"}}, "agent:main:desk"),
        ({"model": "openclaw/other", "extra_headers": {"x-openclaw-session-key": "desk"}}, "agent:other:desk"),
        ({"model": "openclaw", "extra_headers": {"x-openclaw-session-key": "agent:other:desk"}}, "agent:other:desk"),
    ],
)
def test_model_user_and_headers_say_where_a_message_goes(
    api: Served, client: openai.OpenAI, wanted: dict[str, Any], key: str
) -> None:
    client.chat.completions.create(messages=HELLO, **wanted)
    assert sent(api)["key"].startswith(key)


def test_requests_without_a_session_never_share_one(api: Served, client: openai.OpenAI) -> None:
    for _ in range(2):
        client.chat.completions.create(model="openclaw", messages=HELLO)
    assert len({message["key"] for message in api.desk.submitted}) == 2


@pytest.mark.parametrize(
    ("headers", "status", "param"),
    [
        ({"x-openclaw-agent-id": "nobody"}, 404, "x-openclaw-agent-id"),
        ({"x-openclaw-model": "mock-1"}, 400, "x-openclaw-model"),
        ({"x-openclaw-model": "nobody/x"}, 404, "x-openclaw-model"),
        ({"x-openclaw-session-key": "a b"}, 400, "x-openclaw-session-key"),
        ({"x-openclaw-agent-id": "other", "x-openclaw-session-key": "agent:main:x"}, 400, "x-openclaw-session-key"),
    ],
)
def test_headers_that_lead_nowhere_are_named(api: Served, headers: dict[str, str], status: int, param: str) -> None:
    answered = post(api, "/v1/chat/completions", CHAT, {**BEARER, **headers})
    assert (answered[0], answered[2]["error"]["param"]) == (status, param)

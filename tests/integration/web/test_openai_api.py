"""``/v1`` over the twins: what is read, what is refused and how, and how an answer comes about."""

from __future__ import annotations

import base64
import http.client
import json
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import openai
import pytest

from openclaw.coordination.memory_stream import MemoryRunStream
from openclaw.domain.run import RunStatus
from openclaw.domain.transcript import Message, TextBlock, ToolCallBlock, assistant_text
from openclaw.errors import Busy, ConfigError, Overloaded, StoreUnavailable
from openclaw.ports.auth_limiter import LimiterRule
from openclaw.ports.embedding import EmbeddedTexts
from openclaw.ports.provider import ModelRef
from openclaw.ports.secrets import Secret
from openclaw.settings.sections.gateway import ChatCompletions, HttpApi, Responses
from tests.integration.web.devices import Device
from tests.integration.web.serving import Served, serving
from tests.integration.web.twins import TOKEN, Desk, Turn, answer
from tests.waiting import wait_until
from web.services import AuthPolicy
from web.startup import StartFailed

EVERYTHING = HttpApi(
    chat_completions=ChatCompletions(enabled=True, max_body_bytes=100_000), responses=Responses(enabled=True)
)
HELLO: list[Any] = [{"role": "user", "content": "hello"}]
CHAT: dict[str, Any] = {"model": "openclaw", "messages": HELLO}
BEARER = {"Authorization": f"Bearer {TOKEN}"}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}
CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"at": 1}'}}
TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    desk = Desk(MemoryRunStream())
    with serving(desk, tmp_path_factory.mktemp("state"), http=EVERYTHING, vendors=("mock",)) as served:
        yield served


@pytest.fixture
def api(shared: Served) -> Served:
    """A gateway with everything switched on, for tests that leave it as they found it."""
    shared.desk.submitted.clear()
    shared.desk.aborts.clear()
    shared.desk.trouble = None
    shared.desk.work = answer("hello there")
    return shared


@pytest.fixture
def client(api: Served) -> Iterator[openai.OpenAI]:
    with open_client(api) as opened:
        yield opened


def open_client(served: Served, key: str = TOKEN) -> openai.OpenAI:
    return openai.OpenAI(api_key=key, base_url=served.url("/v1"), max_retries=0, timeout=20)


def post(
    served: Served, path: str, body: Any, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Status, headers and JSON of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    try:
        data = body if isinstance(body, bytes) else json.dumps(body)
        connection.request("POST", path, data, BEARER if headers is None else headers)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), json.loads(response.read())
    finally:
        connection.close()


# --- what is refused ----------------------------------------------------------------------------------------------

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
@pytest.mark.parametrize("model", ["gpt-4o", "openclaw/nobody", "agent:", "openclaw/a/b", "other"])
def test_a_model_that_is_no_agent_is_not_found(client: openai.OpenAI, model: str) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model=model, messages=HELLO)
    assert (caught.value.code, caught.value.param) == ("model_not_found", "model")


@pytest.mark.spec("B1")
def test_what_is_switched_off_or_unknown_is_not_found(serve: Callable[..., Served]) -> None:
    served = serve()
    for path in ("/v1/chat/completions", "/v1/responses", "/v1/embeddings", "/v1/files"):
        status, _, answered = post(served, path, CHAT)
        assert (status, answered["error"]["code"]) == (404, "unknown_url")
    with open_client(served) as client, pytest.raises(openai.NotFoundError):
        client.models.list()


@pytest.mark.spec("B1")
def test_each_interface_is_switched_on_by_itself(serve: Callable[..., Served]) -> None:
    served = serve(http=HttpApi(responses=Responses(enabled=True)))
    served.desk.work = answer("hi")
    with open_client(served) as client:
        assert client.responses.create(model="openclaw", input="x").output_text == "hi"
        assert client.models.list().data[0].id == "openclaw"
        with pytest.raises(openai.NotFoundError):
            client.chat.completions.create(model="openclaw", messages=HELLO)


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


# --- who may call -------------------------------------------------------------------------------------------------


@pytest.mark.spec("B1", "B5", "I3")
def test_a_wrong_key_and_none_are_told_in_openais_words(api: Served) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        status, sent, answered = post(api, "/v1/chat/completions", CHAT, headers)
        assert (status, answered["error"]["code"]) == (401, "invalid_api_key")
        assert sent["WWW-Authenticate"].startswith("Bearer")
    assert api.desk.submitted == []


@pytest.mark.spec("B5", "I3")
def test_a_token_without_write_may_list_models_and_no_more(api: Served) -> None:
    device = Device()
    with api.stranger() as socket:
        token = device.connect(socket)["payload"]["auth"]["deviceToken"]
    with open_client(api, token) as client:
        assert len(client.models.list().data) == 4
        with pytest.raises(openai.PermissionDeniedError):
            client.chat.completions.create(model="openclaw", messages=HELLO)
        with pytest.raises(openai.PermissionDeniedError):
            client.embeddings.create(model="openclaw", input="x")


@pytest.mark.spec("I3")
def test_who_guesses_too_often_is_locked_out(serve: Callable[..., Served]) -> None:
    auth = AuthPolicy(token=Secret(TOKEN), limiter=LimiterRule(2, 60, 300), exempt_loopback=False)
    served = serve(http=EVERYTHING, auth=auth)
    for _ in range(2):
        status, headers, answered = post(served, "/v1/chat/completions", CHAT, {"Authorization": "Bearer guess"})
    assert (status, answered["error"]["code"]) == (429, "rate_limit_exceeded")
    assert int(headers["Retry-After"]) > 1


@pytest.mark.spec("I3")
def test_a_page_of_another_origin_cannot_use_an_open_gateway(serve: Callable[..., Served]) -> None:
    served = serve(http=EVERYTHING, auth=AuthPolicy(mode="none"))
    served.desk.work = answer("hi")
    assert post(served, "/v1/chat/completions", CHAT, {"Origin": "https://evil.example"})[0] == 403
    assert post(served, "/v1/chat/completions", CHAT, {"Origin": "http://localhost:3000"})[0] == 200
    assert post(served, "/v1/chat/completions", CHAT, {})[0] == 200


@pytest.mark.spec("B1", "B2", "H6")
def test_a_gateway_that_starts_or_stops_says_when_to_come_back(serve: Callable[..., Served]) -> None:
    api = serve(http=EVERYTHING)
    api.gateway.startup.failure = StartFailed("reload", OSError())
    status, headers, answered = post(api, "/v1/chat/completions", CHAT)
    assert (status, headers["Retry-After"], answered["error"]["type"]) == (503, "1", "server_error")
    api.gateway.startup.failure = None
    api.gateway.drain()
    with open_client(api) as client, pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.create(model="openclaw", messages=HELLO)
    assert (caught.value.status_code, caught.value.response.headers["Retry-After"]) == (503, "1")


# --- what a message carries ---------------------------------------------------------------------------------------


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


# --- how an answer comes about ------------------------------------------------------------------------------------


def saying(*messages: Message, stop_reason: str = "stop") -> Callable[[Turn], None]:
    """A worker whose turn takes several steps; each one's text is streamed and then committed."""

    def work(turn: Turn) -> None:
        turn.start()
        for number, message in enumerate(messages):
            turn._offset = 0
            turn.say(message.text, str(number))
            turn.desk.add(turn.ref.session_key, message, turn.ref.run_id, {})
        turn.end("", stop_reason=stop_reason)

    return work


@pytest.mark.spec("B1")
def test_texts_around_the_agents_own_tools_are_one_answer_whole_or_streamed(api: Served, client: openai.OpenAI) -> None:
    own = ToolCallBlock("own", "read", {})
    api.desk.work = saying(Message("assistant", (TextBlock("Let me see. "), own)), assistant_text("It is green.\n"))
    whole = client.chat.completions.create(model="openclaw", messages=HELLO)
    streamed = client.chat.completions.create(model="openclaw", messages=HELLO, stream=True)
    text = "Let me see.\n\nIt is green."
    assert whole.choices[0].message.content == text
    assert whole.choices[0].message.tool_calls is None
    assert "".join(chunk.choices[0].delta.content or "" for chunk in streamed) == text


@pytest.mark.spec("B1")
@pytest.mark.parametrize(
    ("stop_reason", "finish", "status", "why"),
    [
        ("length", "length", "incomplete", "max_output_tokens"),
        ("refusal", "content_filter", "incomplete", "content_filter"),
    ],
)
def test_an_answer_that_was_cut_off_says_so(
    api: Served, client: openai.OpenAI, stop_reason: str, finish: str, status: str, why: str
) -> None:
    api.desk.work = saying(assistant_text("half"), stop_reason=stop_reason)
    chat = client.chat.completions.create(model="openclaw", messages=HELLO)
    assert (chat.choices[0].message.content, chat.choices[0].finish_reason) == ("half", finish)
    response = client.responses.create(model="openclaw", input="x")
    assert response.incomplete_details is not None
    assert (response.status, response.incomplete_details.reason, response.output[0].status) == (status, why, status)
    with client.responses.stream(model="openclaw", input="x") as stream:
        last = list(stream)[-1]
    assert (last.type, last.response.output_text) == ("response.incomplete", "half")


@pytest.mark.spec("B1")
def test_a_call_whose_arguments_are_broken_is_handed_on_as_it_is(api: Served, client: openai.OpenAI) -> None:
    api.desk.work = saying(Message("assistant", (ToolCallBlock("c1", "look", None, '{"at": '),)))
    done = client.chat.completions.create(model="openclaw", messages=HELLO, tools=[TOOL])  # type: ignore[list-item]
    (call,) = done.choices[0].message.tool_calls or ()
    assert (call.function.arguments, done.choices[0].message.content) == ('{"at": ', None)  # type: ignore[union-attr]


@pytest.mark.spec("B1", "K1")
def test_an_end_that_nobody_heard_is_found_in_the_database(
    serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.start_steps.WAITERS_SECONDS", 0.05)
    served = serve(http=EVERYTHING)

    def work(turn: Turn) -> None:
        turn.start()
        turn.say("hel")
        turn.commit(RunStatus.SUCCEEDED, "hello there")

    served.desk.work = work
    with open_client(served) as client:
        stream = client.chat.completions.create(model="openclaw", messages=HELLO, stream=True)
        assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == "hello there"


@pytest.mark.spec("B1")
def test_a_busy_lane_and_an_absent_database_say_when_to_come_back(api: Served, client: openai.OpenAI) -> None:
    api.desk.trouble = Busy("as many as it may", retry_after_seconds=2.0)
    with pytest.raises(openai.RateLimitError) as busy:
        client.chat.completions.create(model="openclaw", messages=HELLO, stream=True)
    assert (busy.value.code, busy.value.response.headers["Retry-After"]) == ("rate_limit_exceeded", "2")
    api.desk.trouble = StoreUnavailable("the database does not answer")
    with pytest.raises(openai.InternalServerError) as away:
        client.responses.create(model="openclaw", input="x", user="ann")
    assert (away.value.status_code, away.value.response.headers["Retry-After"]) == (503, "5")


@pytest.mark.spec("B1")
def test_a_run_that_somebody_aborts_is_a_conflict_that_is_not_tried_again(api: Served) -> None:
    def work(turn: Turn) -> None:
        turn.start()
        turn.end("", RunStatus.ABORTED, stop_reason="rpc")

    api.desk.work = work
    status, headers, answered = post(api, "/v1/chat/completions", CHAT)
    assert (status, headers["x-should-retry"], answered["error"]["code"]) == (409, "false", "run_aborted")


@pytest.mark.spec("B1")
def test_a_run_that_waits_too_long_is_given_up(serve: Callable[..., Served]) -> None:
    served = serve(http=HttpApi(chat_completions=ChatCompletions(enabled=True), wait_seconds=0.1))
    status, _, answered = post(served, "/v1/chat/completions", CHAT)
    assert (status, answered["error"]["code"]) == (504, "timeout")
    assert [reason for _, _, reason in served.desk.aborts] == ["disconnect"]


@contextmanager
def reading(served: Served, body: dict[str, Any]) -> Iterator[http.client.HTTPResponse]:
    """A raw stream, to be read line by line."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    connection.request("POST", "/v1/chat/completions", json.dumps({**body, "stream": True}), BEARER)
    try:
        yield connection.getresponse()
    finally:
        connection.close()


@pytest.mark.spec("B1")
def test_a_silent_stream_is_kept_open_by_comments(
    serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.http.openai.follow.LOOK_SECONDS", 0.02)
    monkeypatch.setattr("web.http.openai.follow.KEEP_ALIVE_SECONDS", 0.05)
    served = serve(http=EVERYTHING)
    go_on = threading.Event()

    def work(turn: Turn) -> None:
        go_on.wait(20)
        answer("at last")(turn)

    served.desk.work = work
    with reading(served, CHAT) as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        assert response.headers["Cache-Control"] == "no-cache"
        lines = [response.readline() for _ in range(4)]
        assert lines[2:] == [b": keep-alive\n", b"\n"]
        go_on.set()
        assert response.read().endswith(b"data: [DONE]\n\n")


@pytest.mark.spec("B1", "H6")
def test_a_gateway_that_ends_says_so_to_those_who_wait(serve: Callable[..., Served]) -> None:
    api = serve(http=EVERYTHING)
    with reading(api, CHAT) as response:
        response.readline()
        api.gateway.close()
        rest = response.read().decode()
    assert json.loads(rest.split("data: ")[1])["error"]["code"] == "service_unavailable"
    assert rest.endswith("data: [DONE]\n\n")


def test_a_request_leaves_nothing_behind(api: Served, client: openai.OpenAI) -> None:
    client.chat.completions.create(model="openclaw", messages=HELLO)
    list(client.chat.completions.create(model="openclaw", messages=HELLO, stream=True))
    wait_until(lambda: not (api.gateway.taps._taps or api.gateway.ends.unfinished()))
    assert api.desk.aborts == []


# --- embeddings ---------------------------------------------------------------------------------------------------


class Lengths:
    """An embedder whose vectors are how long a text is."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[str, ...], int | None]] = []
        self.trouble: Exception | None = None

    def embed(self, ref: ModelRef, texts: tuple[str, ...], dimensions: int | None = None) -> EmbeddedTexts:
        self.asked.append((str(ref), texts, dimensions))
        if self.trouble is not None:
            raise self.trouble
        return EmbeddedTexts(tuple((float(len(text)), 0.5) for text in texts), 3)


@pytest.mark.spec("B1")
def test_embeddings_are_made_by_the_model_that_is_configured(serve: Callable[..., Served]) -> None:
    lengths = Lengths()
    http_api = HttpApi(responses=Responses(enabled=True), embedding_model="mock/embed")
    served = serve(http=http_api, embedder=lengths, vendors=("mock", "acme"))
    plain = post(served, "/v1/embeddings", {"model": "openclaw", "input": ["a", "bcd"], "dimensions": 2})[2]
    assert [(item["index"], item["embedding"]) for item in plain["data"]] == [(0, [1.0, 0.5]), (1, [3.0, 0.5])]
    assert plain["usage"] == {"prompt_tokens": 3, "total_tokens": 3}
    body = {"model": "mock/embed", "input": "abcd", "encoding_format": "base64"}
    packed = post(served, "/v1/embeddings", body, {**BEARER, "x-openclaw-model": "acme/big"})[2]
    assert struct.unpack("<2f", base64.b64decode(packed["data"][0]["embedding"])) == (4.0, 0.5)
    assert lengths.asked == [("mock/embed", ("a", "bcd"), 2), ("acme/big", ("abcd",), None)]


@pytest.mark.spec("B1", "B4")
def test_what_cannot_be_embedded_is_named(serve: Callable[..., Served]) -> None:
    served = serve(http=HttpApi(responses=Responses(enabled=True), embedding_model="mock/e"), embedder=Lengths())
    cases: list[tuple[Any, int, str | None]] = [
        ({"model": "openclaw"}, 400, "input"),
        ({"model": "openclaw", "input": []}, 400, "input"),
        ({"model": "openclaw", "input": ""}, 400, "input"),
        ({"model": "openclaw", "input": [1, 2]}, 400, "input[0]"),
        ({"model": "openclaw", "input": ["x"] * 2049}, 400, "input"),
        ({"model": "openclaw", "input": "x", "encoding_format": "hex"}, 400, "encoding_format"),
        ({"model": "openclaw", "input": "x", "dimensions": 0}, 400, "dimensions"),
        ({"model": "text-embedding-3", "input": "x"}, 404, "model"),
        ({"model": "openclaw", "input": "x" * 3_000_000}, 413, None),
    ]
    for body, status, param in cases:
        answered = post(served, "/v1/embeddings", body)
        assert (answered[0], answered[2]["error"]["param"]) == (status, param)


@pytest.mark.spec("B1", "F12")
def test_an_embedding_models_failure_is_told(serve: Callable[..., Served]) -> None:
    lengths = Lengths()
    served = serve(http=HttpApi(responses=Responses(enabled=True), embedding_model="mock/e"), embedder=lengths)
    body = {"model": "openclaw", "input": "x"}
    for trouble, status in ((Overloaded("busy", retry_after_seconds=7), 503), (ConfigError("no such thing"), 400)):
        lengths.trouble = trouble
        assert post(served, "/v1/embeddings", body)[0] == status
    lengths.trouble = Overloaded("busy", retry_after_seconds=7)
    assert post(served, "/v1/embeddings", body)[1]["Retry-After"] == "7"
    lengths.trouble = None
    assert post(served, "/v1/embeddings", body)[0] == 200


@pytest.mark.spec("B1")
def test_no_more_embeddings_are_made_at_a_time_than_may_be(
    serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.http.openai.embeddings.PATIENCE_SECONDS", 0.01)
    go_on, begun = threading.Event(), threading.Event()

    class Slow(Lengths):
        def embed(self, ref: ModelRef, texts: tuple[str, ...], dimensions: int | None = None) -> EmbeddedTexts:
            begun.set()
            go_on.wait(20)
            return super().embed(ref, texts, dimensions)

    http_api = HttpApi(responses=Responses(enabled=True), embedding_model="mock/e", embedding_calls=1)
    served = serve(http=http_api, embedder=Slow())
    body = {"model": "openclaw", "input": "x"}
    first: list[int] = []
    thread = threading.Thread(target=lambda: first.append(post(served, "/v1/embeddings", body)[0]))
    thread.start()
    begun.wait(20)
    status, headers, _ = post(served, "/v1/embeddings", body)
    go_on.set()
    thread.join(20)
    assert (status, headers["Retry-After"], first) == (429, "1", [200])

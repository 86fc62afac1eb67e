"""How an answer comes about: whole or streamed, in several steps, late, or not at all."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import openai
import pytest

from openclaw.domain.run import RunStatus
from openclaw.domain.transcript import Message, TextBlock, ToolCallBlock, assistant_text
from openclaw.errors import Busy, StoreUnavailable
from openclaw.settings.sections.gateway import ChatCompletions, HttpApi
from tests.integration.web.openai_api.calls import CHAT, EVERYTHING, HELLO, TOOL, open_client, post, reading
from tests.integration.web.serving import Served
from tests.integration.web.twins import Turn, answer
from tests.waiting import wait_until


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


@pytest.mark.spec("B1")
def test_a_silent_stream_is_kept_open_by_comments(api: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.http.openai.follow.LOOK_SECONDS", 0.02)
    monkeypatch.setattr("web.http.openai.follow.KEEP_ALIVE_SECONDS", 0.05)
    go_on = threading.Event()

    def work(turn: Turn) -> None:
        go_on.wait(20)
        answer("at last")(turn)

    api.desk.work = work
    with reading(api, CHAT) as response:
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

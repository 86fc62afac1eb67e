"""OpenAI's own client against ``/v1``: it must work unchanged, as it does with its vendor."""

from __future__ import annotations

import http.client
import json
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from tests.chaos.ledger import Ledger
from tests.e2e.configs import ONE_BY_ONE, provider
from tests.stack import Stack, running_stack, text_of
from tests.waiting import wait_until
from tests.wire.openai import server as wire
from tests.wire.openai.server import OpenAIWireServer
from tests.wire.sse_server import BREAK, Reply, Step

WEATHER: dict[str, Any] = {
    "name": "weather",
    "description": "Tells the weather.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
CHAT_TOOLS: list[Any] = [{"type": "function", "function": WEATHER}]
RESPONSE_TOOLS: list[Any] = [{"type": "function", **WEATHER}]
ASK_WEATHER = 'what is it like [[tool:weather {"city": "Bern"}]]'


@pytest.fixture(scope="module")
def gpt() -> Iterator[OpenAIWireServer]:
    with OpenAIWireServer(tokens=4) as server:
        yield server


@pytest.fixture(scope="module")
def stack(gpt: OpenAIWireServer) -> Iterator[Stack]:
    config = (
        ONE_BY_ONE
        + provider("oai", "openai-completions", gpt.base_url)
        + '[agents.main]\ndefault = true\nmodel = "oai/wire-1"\nsystem_prompt = "Be main."\n'
        + '[agents.other]\nmodel = "oai/wire-1"\nsystem_prompt = "Be other."\n'
        + '[gateway.http]\nembedding_model = "oai/embed-1"\n'
        + "[gateway.http.chat_completions]\nenabled = true\n[gateway.http.responses]\nenabled = true\n"
    )
    with running_stack(config) as running:
        yield running


@pytest.fixture(autouse=True)
def fresh(stack: Stack, gpt: OpenAIWireServer) -> None:
    gpt.reset()
    stack.forget_failures()


@pytest.fixture
def client(stack: Stack) -> Iterator[openai.OpenAI]:
    with open_client(stack) as opened:
        yield opened


def open_client(stack: Stack, **options: Any) -> openai.OpenAI:
    defaults = {"api_key": stack.token, "max_retries": 0, "timeout": 30}
    return openai.OpenAI(base_url=f"{stack.url}/v1", **{**defaults, **options})


def runs_of(stack: Stack, run_id: str) -> list[dict[str, Any]]:
    return Ledger(stack.home / "openclaw.db").query("SELECT * FROM runs WHERE run_id = ?", run_id)


def ends_as(stack: Stack, run_id: str, status: str) -> dict[str, Any]:
    return wait_until(
        lambda: next((run for run in runs_of(stack, run_id) if run["status"] == status), None),
        what=f"run {run_id} to be {status}",
    )


def told(request: Any) -> list[dict[str, Any]]:
    """What a model was told, without our system prompt."""
    return [message for message in request.body["messages"] if message["role"] != "system"]


# --- chat completions ---------------------------------------------------------------------------------------------


@pytest.mark.spec("B1")
def test_a_completion_is_the_agents_answer(stack: Stack, client: openai.OpenAI, gpt: OpenAIWireServer):
    done = client.chat.completions.create(
        model="openclaw", messages=[{"role": "user", "content": "hello"}], max_tokens=50
    )
    (choice,) = done.choices
    assert (choice.message.content, choice.finish_reason) == ("You said: hello word1 word2 word3", "stop")
    assert done.usage is not None
    assert (done.usage.prompt_tokens, done.usage.completion_tokens, done.usage.total_tokens) == (5, 4, 9)
    (request,) = gpt.requests
    assert request.body["max_tokens"] == 50
    assert "Be main." in request.body["messages"][0]["content"]
    (run,) = runs_of(stack, done.id)
    assert (run["status"], run["model"]) == ("succeeded", "wire-1")


@pytest.mark.spec("B1", "E5")
def test_a_stream_brings_the_text_as_it_comes_and_its_usage_if_asked(client: openai.OpenAI):
    stream = client.chat.completions.create(
        model="openclaw/other",
        messages=[{"role": "user", "content": "hello [[slow:0.4]]"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    pieces = [c.choices[0].delta.content for c in chunks if c.choices and c.choices[0].delta.content]
    assert "".join(pieces).startswith("You said: hello")
    assert "".join(pieces).endswith("word1 word2 word3")
    assert len(pieces) > 1
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert {c.id for c in chunks} == {chunks[0].id}
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 4


@pytest.mark.spec("B1", "H2")
def test_the_conversation_of_a_request_is_the_models_history(
    stack: Stack, client: openai.OpenAI, gpt: OpenAIWireServer
):
    conversation: list[Any] = [
        {"role": "system", "content": "Speak like a sailor."},
        {"role": "user", "content": "my name is Ann"},
        {"role": "assistant", "content": "Ahoy, Ann."},
        {"role": "developer", "content": "Never swear."},
        {"role": "user", "content": [{"type": "text", "text": "who am I?"}]},
    ]
    done = client.chat.completions.create(model="agent:other", messages=conversation)
    (request,) = gpt.requests
    system = request.body["messages"][0]["content"]
    assert all(part in system for part in ("Be other.", "Speak like a sailor.", "Never swear."))
    assert told(request) == [
        {"role": "user", "content": "my name is Ann"},
        {"role": "assistant", "content": "Ahoy, Ann."},
        {"role": "user", "content": "who am I?"},
    ]
    (run,) = runs_of(stack, done.id)
    key = Ledger(stack.home / "openclaw.db").query("SELECT * FROM sessions WHERE id = ?", run["session_id"])[0]
    assert key["session_key"].startswith("agent:other:openai:")
    assert "Ahoy" not in run["options"]  # the transcript has it


@pytest.mark.spec("B1", "E9")
@pytest.mark.parametrize("streaming", [False, True], ids=["whole", "streamed"])
def test_a_clients_tool_goes_round_without_a_session(client: openai.OpenAI, gpt: OpenAIWireServer, streaming: bool):
    question = {"role": "user", "content": ASK_WEATHER}
    call, finish = asked_call(client, [question], streaming=streaming)
    assert (call["function"]["name"], json.loads(call["function"]["arguments"])) == ("weather", {"city": "Bern"})
    assert finish == "tool_calls"
    offered = [tool["function"]["name"] for tool in gpt.requests[0].body["tools"]]
    assert {"read", "weather"} <= set(offered)

    answered = client.chat.completions.create(
        model="openclaw",
        tools=CHAT_TOOLS,
        messages=[
            question,
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": call["id"], "content": "sunny"},
        ],
    )
    assert (answered.choices[0].message.content or "").startswith("Tool said: sunny")
    assert told(gpt.requests[1])[1:] == [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": call["id"], "content": "sunny"},
    ]


def asked_call(client: openai.OpenAI, messages: list[Any], *, streaming: bool, **more: Any) -> tuple[Any, str | None]:
    """The one call of the answer as a client would send it back, and the finish reason."""
    wanted = {"model": "openclaw", "messages": messages, "tools": CHAT_TOOLS, **more}
    if not streaming:
        (choice,) = client.chat.completions.create(**wanted).choices
        (call,) = choice.message.tool_calls or ()
        return call.to_dict(), choice.finish_reason
    with client.chat.completions.stream(**wanted) as stream:
        stream.until_done()
        (choice,) = stream.get_final_completion().choices
    (call,) = choice.message.tool_calls or ()
    function = {"name": call.function.name, "arguments": call.function.arguments}
    return {"id": call.id, "type": "function", "function": function}, choice.finish_reason


@pytest.mark.spec("B1", "E9", "H2")
def test_a_clients_tool_goes_round_in_a_users_session(client: openai.OpenAI, gpt: OpenAIWireServer):
    user = f"ann-{uuid.uuid4().hex[:8]}"
    question = {"role": "user", "content": ASK_WEATHER}
    call, _ = asked_call(client, [question], streaming=False, user=user)
    result = {"role": "tool", "tool_call_id": call["id"], "content": "sunny"}
    told_again = [question, {"role": "assistant", "content": None, "tool_calls": [call]}, result]
    answered = client.chat.completions.create(model="openclaw", tools=CHAT_TOOLS, messages=told_again, user=user)
    assert (answered.choices[0].message.content or "").startswith("Tool said: sunny")
    # The session holds question and call already; a client that leaves them out is understood as well.
    last = client.chat.completions.create(model="openclaw", messages=[{"role": "user", "content": "thanks"}], user=user)
    assert (last.choices[0].message.content or "").startswith("You said: thanks")
    assert [m["role"] for m in told(gpt.requests[1])] == ["user", "assistant", "tool"]
    assert [m["role"] for m in told(gpt.requests[2])] == ["user", "assistant", "tool", "assistant", "user"]


@pytest.mark.spec("B1", "E9")
def test_the_agents_own_tools_run_before_a_clients_call_is_handed_back(
    stack: Stack, client: openai.OpenAI, gpt: OpenAIWireServer
):
    workspace = stack.home / "workspace"
    workspace.mkdir(exist_ok=True)
    (workspace / "note.txt").write_text("the sky is green")
    user = uuid.uuid4().hex
    both = ASK_WEATHER + ' [[tool:read {"path": "note.txt"}]]'
    call, finish = asked_call(client, [{"role": "user", "content": both}], streaming=True, user=user)
    assert (call["function"]["name"], finish) == ("weather", "tool_calls")
    result: Any = {"role": "tool", "tool_call_id": call["id"], "content": "sunny"}
    client.chat.completions.create(model="openclaw", tools=CHAT_TOOLS, messages=[result], user=user)
    results = [m["content"] for m in told(gpt.requests[-1]) if m["role"] == "tool"]
    assert results == ["sunny", "the sky is green"]


def test_tool_choice_reaches_the_model_and_a_required_call_is_of_the_clients_tools(
    client: openai.OpenAI, gpt: OpenAIWireServer
):
    messages: list[Any] = [{"role": "user", "content": "hello"}]
    named: Any = {"type": "function", "function": {"name": "weather"}}
    for choice in ("none", "required", named):
        client.chat.completions.create(
            model="openclaw", messages=messages, tools=CHAT_TOOLS, tool_choice=choice, parallel_tool_calls=False
        )
    asked = [request.body for request in gpt.requests]
    assert [body["tool_choice"] for body in asked] == ["none", "required", named]
    assert [len(body["tools"]) == 1 for body in asked] == [False, True, True]
    assert [body["parallel_tool_calls"] for body in asked] == [False] * 3


# --- responses ----------------------------------------------------------------------------------------------------


@pytest.mark.spec("B1")
def test_a_response_and_what_goes_on_from_it(client: openai.OpenAI, gpt: OpenAIWireServer):
    first = client.responses.create(model="openclaw", input="my name is Ann", instructions="Be brief.")
    assert (first.status, first.output_text) == ("completed", "You said: my name is Ann word1 word2 word3")
    assert first.usage is not None
    assert first.usage.output_tokens == 4
    second = client.responses.create(model="openclaw", input="who am I?", previous_response_id=first.id)
    assert second.output_text.startswith("You said: who am I?")
    assert [m["role"] for m in told(gpt.requests[1])] == ["user", "assistant", "user"]
    assert "Be brief." not in gpt.requests[1].body["messages"][0]["content"]
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model="openclaw", input="and before?", previous_response_id=first.id)
    assert caught.value.code == "previous_response_not_found"


@pytest.mark.spec("B1", "E9")
def test_a_response_streams_text_and_calls_and_takes_their_outputs(client: openai.OpenAI, gpt: OpenAIWireServer):
    gpt.script(
        Reply(
            [
                wire.text("Let me "),
                0.1,
                wire.text("look."),
                wire.tool_piece(0, "call_w", "weather", '{"city": '),
                wire.tool_piece(0, arguments='"Bern"}'),
                wire.chunk(finish_reason="tool_calls"),
                wire.usage(10, 5),
                wire.DONE,
            ]
        )
    )
    with client.responses.stream(model="openclaw", input="the weather?", tools=RESPONSE_TOOLS) as stream:
        events = list(stream)
        final = stream.get_final_response()
    kinds = [event.type for event in events if event.type != "response.output_text.delta"]
    assert kinds == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.output_item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert final.output_text == "Let me look."
    call = final.output[1]
    assert (call.type, call.call_id, json.loads(call.arguments)) == ("function_call", "call_w", {"city": "Bern"})
    output: Any = {"type": "function_call_output", "call_id": "call_w", "output": "sunny"}
    done = client.responses.create(
        model="openclaw", input=[output], tools=RESPONSE_TOOLS, previous_response_id=final.id
    )
    assert done.output_text.startswith("Tool said: sunny")
    # The same without anything kept here: the items of the answer go back as they are.
    items: list[Any] = [{"role": "user", "content": "the weather?"}, *(item.to_dict() for item in final.output), output]
    again = client.responses.create(model="openclaw", input=items, tools=RESPONSE_TOOLS)
    assert again.output_text.startswith("Tool said: sunny")
    assert told(gpt.requests[2]) == told(gpt.requests[1])


# --- models, embeddings -------------------------------------------------------------------------------------------


@pytest.mark.spec("B1")
def test_agents_are_the_models(client: openai.OpenAI):
    names = ["openclaw", "openclaw/default", "openclaw/main", "openclaw/other"]
    assert [model.id for model in client.models.list()] == names
    assert client.models.retrieve("openclaw/other").owned_by == "openclaw"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-4o")


@pytest.mark.spec("B1")
def test_embeddings_come_in_either_encoding(client: openai.OpenAI, gpt: OpenAIWireServer):
    packed = client.embeddings.create(model="openclaw", input=["one", "three"], dimensions=3)
    plain = client.embeddings.create(model="openclaw", input=["one", "three"], dimensions=3, encoding_format="float")
    assert [item.embedding for item in packed.data] == [[3.0, 0.0, 0.0], [5.0, 0.0, 0.0]]
    assert plain.data == packed.data
    assert packed.usage.prompt_tokens == 2
    assert gpt.requests[0].body["model"] == "embed-1"
    demo = client.embeddings.create(
        model="openclaw", input="hello world", extra_headers={"x-openclaw-model": "demo/hash"}
    )
    assert len(demo.data[0].embedding) == 256
    assert sum(value * value for value in demo.data[0].embedding) == pytest.approx(1.0)


# --- many, and going away -----------------------------------------------------------------------------------------


@pytest.mark.spec("B1", "E2")
def test_requests_run_side_by_side(client: openai.OpenAI, gpt: OpenAIWireServer):
    answers: dict[str, str] = {}

    def ask(word: str) -> None:
        messages: list[Any] = [{"role": "user", "content": f"{word} [[slow:1]]"}]
        stream = client.chat.completions.create(model="openclaw", messages=messages, stream=True)
        answers[word] = "".join(chunk.choices[0].delta.content or "" for chunk in stream)

    threads = [threading.Thread(target=ask, args=(word,)) for word in ("red", "blue", "green")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert gpt.stats()["peak"] == 3
    assert all(answers[word].startswith(f"You said: {word} ") for word in ("red", "blue", "green"))


@pytest.mark.spec("B1")
@pytest.mark.parametrize("streaming", [False, True], ids=["whole", "streamed"])
def test_a_client_that_goes_away_ends_a_run_that_was_for_it_alone(stack: Stack, gpt: OpenAIWireServer, streaming: bool):
    word = uuid.uuid4().hex
    body = {"model": "openclaw", "messages": [{"role": "user", "content": f"{word} [[slow:60]]"}], "stream": streaming}
    connection = http.client.HTTPConnection(stack.url.removeprefix("http://"))
    connection.request("POST", "/v1/chat/completions", json.dumps(body), {"Authorization": f"Bearer {stack.token}"})
    wait_until(lambda: gpt.stats()["active"] == 1, what="the model to be asked")
    connection.close()
    (message,) = Ledger(stack.home / "openclaw.db").query("SELECT run_id FROM inbound WHERE text LIKE ?", f"{word}%")
    assert ends_as(stack, message["run_id"], "aborted")["stop_reason"] == "disconnect"
    wait_until(lambda: gpt.stats()["active"] == 0, what="the vendor to be let go")


@pytest.mark.spec("B1", "K3")
def test_a_run_of_a_session_goes_on_without_its_client(stack: Stack, client: openai.OpenAI, gpt: OpenAIWireServer):
    key = f"agent:main:{uuid.uuid4()}"
    stream = client.chat.completions.create(
        model="openclaw",
        messages=[{"role": "user", "content": "stay [[slow:1.5]]"}],
        stream=True,
        extra_headers={"x-openclaw-session-key": key},
    )
    run_id = next(stream).id
    wait_until(lambda: gpt.stats()["active"] == 1, what="the model to be asked")
    stream.close()
    assert ends_as(stack, run_id, "succeeded")["reply_text"].startswith("You said: stay")
    socket = stack.client()
    try:
        assert text_of(socket.final(socket.say("and now", key))).startswith("You said: and now")
    finally:
        socket.close()
    assert [m["role"] for m in told(gpt.requests[-1])] == ["user", "assistant", "user"]


# --- errors -------------------------------------------------------------------------------------------------------


@pytest.mark.spec("B1", "I3")
def test_who_is_not_known_is_not_answered(stack: Stack, gpt: OpenAIWireServer):
    with open_client(stack, api_key="wrong") as stranger, pytest.raises(openai.AuthenticationError) as caught:
        stranger.chat.completions.create(model="openclaw", messages=[{"role": "user", "content": "hi"}])
    assert caught.value.code == "invalid_api_key"
    assert gpt.requests == []


@pytest.mark.spec("B1", "F12")
@pytest.mark.parametrize(
    ("status", "body", "error", "code", "tries"),
    [
        (429, wire.error_body("slow down", "rate_limit_error"), openai.RateLimitError, "rate_limit_exceeded", 1),
        (503, wire.error_body("overloaded", "server_error"), openai.InternalServerError, "model_overloaded", 2),
        (401, wire.error_body("bad key"), openai.InternalServerError, "model_provider_auth", 1),
        (400, wire.error_body("maximum context length", code="context_length_exceeded"), openai.BadRequestError,
         "context_length_exceeded", 1),
    ],
)  # fmt: skip
def test_a_vendors_failure_is_raised_as_its_own(
    stack: Stack,
    client: openai.OpenAI,
    gpt: OpenAIWireServer,
    status: int,
    body: Any,
    error: type[openai.APIStatusError],
    code: str,
    tries: int,
):
    gpt.script(*[Reply.of_json(body, status) for _ in range(tries)])
    with pytest.raises(error) as caught:
        client.chat.completions.create(model="openclaw", messages=[{"role": "user", "content": "hi"}])
    assert caught.value.code == code
    if status in (429, 503):
        assert int(caught.value.response.headers["retry-after"]) > 0
    # Once nothing rests any more the agent is usable, and its next answer holds nothing of it.
    stack.forget_failures()
    again = client.chat.completions.create(model="openclaw", messages=[{"role": "user", "content": "hi"}])
    assert (again.choices[0].message.content or "").startswith("You said: hi")


@pytest.mark.spec("B1", "F12")
def test_a_failure_in_a_stream_is_an_error_event(client: openai.OpenAI, gpt: OpenAIWireServer):
    gpt.script(Reply.of_json(wire.error_body("bad key"), 401), Reply.of_json(wire.error_body("bad key"), 401))
    stream = client.chat.completions.create(model="openclaw", messages=[{"role": "user", "content": "hi"}], stream=True)
    with pytest.raises(openai.APIError) as caught:
        list(stream)
    assert caught.value.code == "model_provider_auth"
    with client.responses.stream(model="openclaw", input="hi") as events:
        failed = list(events)[-1]
    assert failed.type == "response.failed"
    assert failed.response.status == "failed"
    assert failed.response.error is not None


@pytest.mark.spec("B1", "F12")
def test_text_that_was_sent_and_then_taken_back_ends_the_stream_with_an_error(
    client: openai.OpenAI, gpt: OpenAIWireServer
):
    seen = threading.Event()

    def cut() -> Iterator[Step]:
        """Breaks off once the client has what was said."""
        yield wire.text("half an ans")
        while not seen.is_set():
            yield 0.02
        yield BREAK

    gpt.script(Reply(cut()))
    sent = ""
    with pytest.raises(openai.APIError) as caught:
        for chunk in client.chat.completions.create(
            model="openclaw", messages=[{"role": "user", "content": "try"}], stream=True
        ):
            sent += chunk.choices[0].delta.content or ""
            if sent:
                seen.set()
    assert (sent, caught.value.code) == ("half an ans", "answer_restarted")
    # A model that says the same again goes on where it was, and a whole answer was never sent in part.
    seen.clear()
    whole = wire.text("half an answer") + wire.chunk(finish_reason="stop") + wire.usage(1, 1) + wire.DONE
    gpt.script(Reply(cut()), Reply([whole]), Reply([wire.text("half an ans"), BREAK]))
    with client.responses.stream(model="openclaw", input="try") as stream:
        for event in stream:
            if event.type == "response.output_text.delta":
                seen.set()
        assert stream.get_final_response().output_text == "half an answer"
    done = client.responses.create(model="openclaw", input="try")
    assert done.output_text.startswith("You said: try")

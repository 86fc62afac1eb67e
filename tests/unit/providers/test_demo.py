"""The demo model."""

from __future__ import annotations

import pytest

from openclaw.domain.transcript import (
    Message,
    ToolCallBlock,
    ToolResultBlock,
    assistant_text,
    tool_result,
    user_text,
)
from openclaw.errors import BadModelRequest, ProviderError, RateLimited
from openclaw.ports.cancel import CancelToken
from openclaw.ports.provider import (
    FREE_CHOICE,
    ModelRequest,
    Stopped,
    TextDelta,
    ToolCallDone,
    ToolChoice,
    ToolSpec,
    UsageReport,
)
from openclaw.providers.demo.errors import BY_REASON
from openclaw.providers.demo.provider import DemoProvider

TOOL = ToolSpec("clock", "Tells the time.", {"type": "object"})


def answer(
    *messages: Message | str,
    model: str = "echo",
    tools: tuple[ToolSpec, ...] = (),
    choice: ToolChoice = FREE_CHOICE,
    limit: int = 8192,
) -> list:
    said = tuple(user_text(m) if isinstance(m, str) else m for m in messages)
    request = ModelRequest(model, "", said, tools, choice, max_output_tokens=limit)
    return list(DemoProvider("demo").stream(request, CancelToken()))


def text(events: list) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def calls(events: list) -> list[tuple]:
    return [
        (event.call.name, event.call.arguments, event.call.raw) for event in events if isinstance(event, ToolCallDone)
    ]


def test_it_says_at_once_that_it_is_a_demo() -> None:
    assert text(answer("good morning")) == "[demo model] You said: good morning"


def test_it_echoes_the_last_user_message_only() -> None:
    assert text(answer("one", assistant_text("two"), "three")).endswith("You said: three")


def test_it_streams_word_by_word() -> None:
    words = [event.text for event in answer("a b") if isinstance(event, TextDelta)]
    assert words == ["[demo", " model]", " You", " said:", " a", " b"]


def test_it_answers_to_nothing_as_well() -> None:
    assert text(answer()).startswith("[demo model]")


def test_tokens_sets_the_length() -> None:
    events = answer("[[tokens:12]]")
    assert sum(isinstance(event, TextDelta) for event in events) == 12
    assert text(events).startswith("[demo model]")


def test_the_request_limits_the_length() -> None:
    events = answer("[[tokens:12]]", limit=5)
    assert sum(isinstance(event, TextDelta) for event in events) == 5
    assert events[-1] == Stopped("length")


def test_usage_grows_with_what_was_said() -> None:
    usages = [
        next(event.usage for event in answer("x" * size) if isinstance(event, UsageReport)) for size in (40, 4000)
    ]
    assert usages[0].input_tokens == 10
    assert usages[1].input_tokens == 1000


def test_several_tools_are_called_together_and_once() -> None:
    question = user_text('[[tool:clock]] and [[tool:weather {"days": [[1]], "city": "a ]] b"}]]')
    asked = answer(question)
    assert calls(asked) == [("clock", {}, ""), ("weather", {"days": [[1]], "city": "a ]] b"}, "")]
    ids = [event.call.id for event in asked if isinstance(event, ToolCallDone)]
    assert len(set(ids)) == 2
    results = Message(
        "tool", (ToolResultBlock(ids[0], "clock", "noon"), ToolResultBlock(ids[1], "weather", "no", is_error=True))
    )
    said = text(answer(question, Message("assistant", (ToolCallBlock(ids[0], "clock", {}),)), results))
    assert said == "[demo model] Tool clock answered: noon; Tool weather failed: no"


def test_a_new_message_calls_its_tool_anew() -> None:
    call = ToolCallBlock("id", "clock", {})
    earlier = ("[[tool:clock]]", Message("assistant", (call,)), Message("tool", (ToolResultBlock("id", "clock", "x"),)))
    assert calls(answer(*earlier, "[[tool:clock]]")) == [("clock", {}, "")]


def test_broken_arguments() -> None:
    assert calls(answer("[[broken-args]]", tools=(TOOL,))) == [("clock", None, '{"broken": ')]
    assert calls(answer("[[broken-args]] [[tool:other {}]]", tools=(TOOL,))) == [("other", None, '{"broken": ')]


@pytest.mark.parametrize("reason", sorted(BY_REASON))
def test_every_failure_can_be_asked_for(reason: str) -> None:
    with pytest.raises(ProviderError) as raised:
        answer(f"[[fail:{reason}]]")
    assert type(raised.value) is BY_REASON[reason]


def test_the_seven_reasons_are_the_ones_we_document() -> None:
    assert set(BY_REASON) == {
        "rate_limit",
        "auth",
        "billing",
        "overloaded",
        "timeout",
        "context_overflow",
        "bad_request",
    }


def test_a_rate_limit_says_when_to_come_back() -> None:
    with pytest.raises(RateLimited) as raised:
        answer("[[fail:rate_limit]]")
    assert raised.value.retry_after_seconds == 1.0


@pytest.mark.parametrize(
    "text", ["[[tool:x {oops}]]", "[[slow:abc]]", "[[tokens:]]", "[[tool:x {} [[", "[[fail:what]]"]
)
def test_a_directive_that_cannot_be_read_is_a_bad_request(text: str) -> None:
    with pytest.raises(BadModelRequest):
        answer(text)


@pytest.mark.parametrize("said", ["[[other:1]]", "a [[b]] c", "[tool:x]", "]] [["])
def test_other_brackets_are_text(said: str) -> None:
    assert text(answer(said)).endswith(said)


def test_there_is_one_model() -> None:
    with pytest.raises(BadModelRequest):
        answer("hello", model="gpt")
    assert [(info.provider, info.id) for info in DemoProvider("demo").models()] == [("demo", "echo")]


def test_a_choice_of_tools_is_heeded() -> None:
    other = ToolSpec("other", "", {"type": "object"})
    assert calls(answer("hi", tools=(TOOL, other), choice=ToolChoice("required"))) == [("clock", {}, "")]
    assert calls(answer("hi", tools=(TOOL, other), choice=ToolChoice("required", "other"))) == [("other", {}, "")]
    assert calls(answer("[[tool:clock]]", tools=(TOOL,), choice=ToolChoice("none"))) == []
    done = tool_result(ToolResultBlock("c", "clock", "noon"))
    assert calls(answer("hi", done, tools=(TOOL,), choice=ToolChoice("required"))) == []

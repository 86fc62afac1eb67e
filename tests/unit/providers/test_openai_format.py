"""OpenAI's wire format and its dialects: what the contract suite does not reach."""

from __future__ import annotations

import json

import pytest

from openclaw.domain.run import StopReason, Usage
from openclaw.domain.transcript import Message, TextBlock, ThinkingBlock, ToolCallBlock, ToolResultBlock, user_text
from openclaw.errors import Overloaded, RateLimited
from openclaw.ports.provider import ModelRequest, Stopped, TextDelta, ThinkingDone, ToolCallDone, UsageReport
from openclaw.providers.openai_compatible.dialects import dialect_of
from openclaw.providers.openai_compatible.request import build_request
from openclaw.providers.openai_compatible.stream import CompletionReader, read_usage
from openclaw.providers.vendor_errors import Redactor

OPENAI = "https://api.openai.com/v1"


def body(*messages: Message, url: str = "https://vllm.example/v1", **wishes: object) -> dict:
    return build_request(ModelRequest("m", "", messages, max_output_tokens=9, **wishes), dialect_of(url))


def read(*chunks: dict) -> list:
    reader = CompletionReader("acme", Redactor(()))
    out = [made for chunk in chunks for made in reader.feed(json.dumps(chunk).encode())]
    return [*out, *(reader.finish() if reader.stopped else ())]


def choice(delta: dict | None = None, finish: str | None = None, **extra: object) -> dict:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish, **extra}]}


def test_openais_own_api_gets_the_newer_token_limit() -> None:
    assert body(user_text("a"), url=OPENAI)["max_completion_tokens"] == 9
    assert body(user_text("a"))["max_tokens"] == 9


def thinking_turn() -> tuple[Message, ...]:
    call = ToolCallBlock("id", "f", {})
    return (
        user_text("q"),
        Message("assistant", (ThinkingBlock("hm"), ThinkingBlock("signed", "c2ln"), call)),
        Message("tool", (ToolResultBlock("id", "f", "r"),)),
    )


def test_reasoning_goes_back_while_the_tools_run_and_not_later() -> None:
    assert body(*thinking_turn())["messages"][1]["reasoning_content"] == "hm"
    assert "reasoning_content" not in body(*thinking_turn(), user_text("next"))["messages"][1]
    assert "reasoning_content" not in body(*thinking_turn(), url=OPENAI)["messages"][1]


def test_a_call_without_words_has_no_content() -> None:
    assert body(*thinking_turn())["messages"][1]["content"] is None


def test_empty_messages_are_left_out() -> None:
    assert body(user_text("a"), Message("assistant", (TextBlock(""),)), user_text("b"))["messages"] == [
        {"role": "user", "content": "a"},
        {"role": "user", "content": "b"},
    ]


def test_stop_beside_tool_calls_means_tool_calls() -> None:
    piece = {"index": 0, "id": "id", "function": {"name": "f", "arguments": "{}"}}
    assert read(choice({"tool_calls": [piece]}), choice(finish="stop")) == [
        ToolCallDone(ToolCallBlock("id", "f", {})),
        Stopped(StopReason.TOOL_CALLS),
    ]


def test_a_refusal_is_said_and_is_the_stop_reason() -> None:
    assert read(choice({"refusal": "I will not."}), choice(finish="stop")) == [
        TextDelta("I will not."),
        Stopped(StopReason.REFUSAL),
    ]


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_ends_where_the_answer_begins_or_the_stream_ends(field: str) -> None:
    assert read(choice({field: "hm"}), choice({"content": "a"}), choice(finish="stop"))[1:] == [
        ThinkingDone(ThinkingBlock("hm")),
        TextDelta("a"),
        Stopped(StopReason.STOP),
    ]
    assert read(choice({field: "hm"}), choice(finish="length"))[1:] == [
        ThinkingDone(ThinkingBlock("hm")),
        Stopped(StopReason.LENGTH),
    ]


def test_an_unknown_finish_reason_is_a_stop() -> None:
    assert read(choice(finish="eos")) == [Stopped(StopReason.STOP)]


def test_a_finish_reason_of_error_is_the_vendors_failure() -> None:
    with pytest.raises(Overloaded):
        read(choice({"content": "a"}), choice(finish="error"))


def test_an_error_chunk_with_a_numeric_code_is_classified_by_it() -> None:
    with pytest.raises(RateLimited):
        read({"error": {"code": 429, "message": "slow down"}})


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": 10, "completion_tokens": 2}, Usage(10, 2)),
        ({"prompt_tokens": 10, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}}, Usage(6, 2, 4)),
        ({"prompt_tokens": 10, "completion_tokens": 2, "prompt_tokens_details": None}, Usage(10, 2)),
        ({"prompt_tokens": 10, "completion_tokens": 2, "prompt_cache_hit_tokens": 4}, Usage(6, 2, 4)),
        ({"prompt_tokens": 10, "completion_tokens": 2, "cached_tokens": 4}, Usage(6, 2, 4)),
        ({"prompt_tokens": None, "completion_tokens": None}, Usage()),
    ],
)
def test_usage_is_read_in_every_dialect(usage: dict, expected: Usage) -> None:
    assert read_usage(usage) == expected


def test_usage_may_come_inside_the_choice() -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 1}
    assert read(choice(finish="stop", usage=usage)) == [UsageReport(Usage(3, 1)), Stopped(StopReason.STOP)]


def test_several_choices_are_one_answer() -> None:
    both = {"choices": [{"delta": {"content": "a"}}, {"index": 1, "delta": {"content": "other"}}]}
    assert read(both, choice(finish="stop")) == [TextDelta("a"), Stopped(StopReason.STOP)]


def test_null_fields_are_nothing() -> None:
    nulls = {"content": None, "tool_calls": None, "refusal": None, "reasoning_content": None}
    assert read({"choices": None}, choice(), choice(nulls), choice(finish="stop")) == [Stopped(StopReason.STOP)]


@pytest.mark.parametrize(
    ("url", "level", "asked"),
    [
        ("https://api.openai.com/v1", "high", {"reasoning_effort": "high"}),
        ("https://api.together.xyz/v1", "low", {"reasoning_effort": "low"}),
        ("https://openrouter.ai/api/v1", "high", {"reasoning": {"effort": "high"}}),
        ("https://openrouter.ai/api/v1", "off", {"reasoning": {"enabled": False}}),
        ("https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "medium", {"enable_thinking": True}),
        ("https://dashscope.aliyuncs.com/compatible-mode/v1", "off", {"enable_thinking": False}),
        ("https://api.moonshot.ai/v1", "low", {"thinking": {"type": "enabled"}}),
        ("https://api.deepseek.com/v1", "off", {"thinking": {"type": "disabled"}}),
        ("https://api.mistral.ai/v1", "high", {}),
        ("https://notapi.mistral.ai.example/v1", "high", {"reasoning_effort": "high"}),
    ],
)
def test_thinking_is_asked_for_as_the_vendor_takes_it(url, level, asked):
    plain = body(user_text("a"), url=url)
    assert {k: v for k, v in body(user_text("a"), url=url, thinking=level).items() if k not in plain} == asked


def test_mistral_has_call_ids_of_nine_letters_and_digits_and_is_not_asked_for_usage():
    call = ToolCallBlock("call_abc-1", "t", {})
    said = body(
        user_text("a"),
        Message("assistant", (call, ToolCallBlock("aB3dE6gH9", "t", {}))),
        Message("tool", (ToolResultBlock("call_abc-1", "t", "x"), ToolResultBlock("aB3dE6gH9", "t", "y"))),
        url="https://api.mistral.ai/v1",
    )
    assert "stream_options" not in said
    _, asking, first, second = said["messages"]
    ids = [each["id"] for each in asking["tool_calls"]]
    assert (first["tool_call_id"], second["tool_call_id"]) == tuple(ids)
    assert (len(ids[0]), ids[0].isalnum(), ids[1]) == (9, True, "aB3dE6gH9")

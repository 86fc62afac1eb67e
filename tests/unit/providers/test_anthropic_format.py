"""Anthropic's wire format: what the contract suite does not reach."""

from __future__ import annotations

import json

from openclaw.domain.transcript import (
    Message,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    ToolResultBlock,
    assistant_text,
    user_text,
)
from openclaw.ports.provider import ModelRequest, Stopped, TextDelta, ThinkingDone, ToolCallDone
from openclaw.providers.anthropic.request import build_request
from openclaw.providers.anthropic.stream import MessageReader
from openclaw.providers.vendor_errors import Redactor


def sent(*messages: Message) -> list[dict]:
    """The messages as they are sent, without the marks for the cache."""
    turns = build_request(ModelRequest("m", "", messages))["messages"]
    for turn in turns:
        for part in turn["content"]:
            part.pop("cache_control", None)
    return turns


def read(*events: dict) -> list:
    reader = MessageReader("acme", Redactor(()))
    out = [made for event in events for made in reader.feed(json.dumps(event).encode())]
    return [*out, *(reader.finish() if reader.stopped else ())]


def text(said: str) -> dict:
    return {"type": "text", "text": said}


def test_the_newest_two_messages_of_users_are_marked_for_the_cache() -> None:
    said = (user_text("a"), assistant_text("b"), user_text("c"), assistant_text("d"), user_text("e"), user_text("f"))
    turns = build_request(ModelRequest("m", "", said))["messages"]
    marked = [part["text"] for turn in turns for part in turn["content"] if "cache_control" in part]
    assert marked == ["c", "f"]


def test_turns_of_one_speaker_are_one_message() -> None:
    assert sent(user_text("a"), user_text("b"), assistant_text("c"), assistant_text("d")) == [
        {"role": "user", "content": [text("a"), text("b")]},
        {"role": "assistant", "content": [text("c"), text("d")]},
    ]


def test_a_conversation_that_begins_with_the_assistant_gets_a_first_user_message() -> None:
    assert [message["role"] for message in sent(assistant_text("a"), user_text("b"))] == ["user", "assistant", "user"]


def test_blank_messages_are_left_out() -> None:
    assert sent(user_text("a"), assistant_text(" \n"), user_text("b")) == [
        {"role": "user", "content": [text("a"), text("b")]}
    ]


def test_an_empty_tool_result_says_so() -> None:
    call = ToolCallBlock("id", "f", {})
    results = sent(user_text("a"), Message("assistant", (call,)), Message("tool", (ToolResultBlock("id", "f", ""),)))
    assert results[-1]["content"] == [{"type": "tool_result", "tool_use_id": "id", "content": "(no output)"}]


def test_a_call_without_a_result_gets_one() -> None:
    answer = sent(user_text("a"), Message("assistant", (ToolCallBlock("id", "f", {}),)), user_text("b"))[-1]
    assert [part["type"] for part in answer["content"]] == ["tool_result", "text"]
    assert answer["content"][0]["is_error"] is True


def test_thinking_goes_back_word_for_word_signed_only() -> None:
    blocks = (ThinkingBlock("signed", "c2ln"), ThinkingBlock("unsigned"), TextBlock("a"))
    assert sent(user_text("q"), Message("assistant", blocks))[1]["content"] == [
        {"type": "thinking", "thinking": "signed", "signature": "c2ln"},
        text("a"),
    ]


def test_thinking_whose_text_is_withheld_keeps_its_signature() -> None:
    events = read(
        {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "c2"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "ln"}},
        {"type": "content_block_stop", "index": 0},
    )
    assert events == [ThinkingDone(ThinkingBlock("", "c2ln"))]


def test_redacted_thinking_goes_back_as_it_came() -> None:
    (done,) = read(
        {"type": "content_block_start", "index": 0, "content_block": {"type": "redacted_thinking", "data": "b3BhcXVl"}},
        {"type": "content_block_stop", "index": 0},
    )
    back = sent(user_text("q"), Message("assistant", (done.block, TextBlock("a"))))
    assert back[1]["content"][0] == {"type": "redacted_thinking", "data": "b3BhcXVl"}


def test_input_in_the_blocks_start_counts_when_no_piece_follows() -> None:
    block = {"type": "tool_use", "id": "id", "name": "f", "input": {"x": 1}}
    events = read(
        {"type": "content_block_start", "index": 0, "content_block": block}, {"type": "content_block_stop", "index": 0}
    )
    assert events == [ToolCallDone(ToolCallBlock("id", "f", {"x": 1}))]


def test_unknown_events_blocks_and_stop_reasons_are_passed_over() -> None:
    events = read(
        {"type": "surprise"},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "server_tool_use", "id": "x"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "citations_delta"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": "Hi"}},
        {"type": "content_block_stop", "index": 1},
        {"type": "message_delta", "delta": {"stop_reason": "new_reason"}},
        {"type": "message_stop"},
    )
    assert events == [TextDelta("Hi"), Stopped("stop")]

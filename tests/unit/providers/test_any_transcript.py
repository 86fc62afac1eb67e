"""Whatever a transcript holds, what is sent keeps the vendor's rules."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw.domain.pruning import prunable_until, prune, squeeze
from openclaw.domain.transcript import Block, Message, TextBlock, ThinkingBlock, ToolCallBlock, ToolResultBlock
from openclaw.ports.provider import ModelRequest, ToolChoice, ToolSpec
from openclaw.providers.anthropic.request import build_request as anthropic
from openclaw.providers.bedrock.request import build_request as bedrock
from openclaw.providers.google.request import build_request as google
from openclaw.providers.ollama.request import build_request as ollama
from openclaw.providers.openai_compatible.dialects import BY_HOST, USUAL, Dialect, dialect_of
from openclaw.providers.openai_compatible.request import build_request as openai
from openclaw.providers.openai_compatible.responses_request import build_request as responses
from openclaw.settings.vendor_defaults import BY_ID
from tests.wire.vendors.table import VENDORS

pytestmark = pytest.mark.spec("E4")

OPENAI_SIGNED = 'openai:{"id": "rs_1", "encrypted_content": "gAAAA"}'
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
IDS = st.sampled_from(["a", "b", "c", "call 1", "é", "x" * 90, ""])
NAMES = st.sampled_from(["read", "exec", "no such tool", "x" * 90, "", "dätei"])
TEXTS = st.sampled_from(["", " ", "\n", "hello", "ünïcode \U0001f600", "x" * 300])
CALLS = st.builds(
    ToolCallBlock,
    IDS,
    NAMES,
    st.none() | st.dictionaries(st.sampled_from(["path", "n"]), st.integers() | TEXTS, max_size=2),
    TEXTS,
)
RESULTS = st.builds(ToolResultBlock, IDS, NAMES, TEXTS, st.booleans())
BLOCKS: dict[str, st.SearchStrategy[Block]] = {
    "user": st.builds(TextBlock, TEXTS),
    "assistant": st.builds(TextBlock, TEXTS)
    | st.builds(ThinkingBlock, TEXTS, st.sampled_from(["", "sig", OPENAI_SIGNED, "google:c2ln", "bedrock:c2ln"]))
    | CALLS,
    "tool": RESULTS,
}


@st.composite
def transcripts(draw: st.DrawFn) -> list[Message]:
    """Any messages in any order: cut, doubled, orphaned, empty."""
    roles = draw(st.lists(st.sampled_from(["user", "assistant", "tool"]), min_size=1, max_size=14))
    return [Message(role, tuple(draw(st.lists(BLOCKS[role], max_size=3)))) for role in roles]


def request_of(messages: list[Message]) -> ModelRequest:
    return ModelRequest("m", "be kind", tuple(messages))


def check_anthropic(body: dict[str, Any]) -> None:
    turns = body["messages"]
    assert [turn["role"] for turn in turns] == ["user", "assistant"] * (len(turns) // 2) + ["user"] * (len(turns) % 2)
    asked: list[str] = []
    ever: set[str] = set()
    for turn in turns:
        parts = turn["content"]
        assert parts
        answered = [part["tool_use_id"] for part in parts if part["type"] == "tool_result"]
        assert answered == asked, "each call is answered in the very next message, in order, and nothing else is"
        kinds = [part["type"] for part in parts]
        assert kinds[: len(answered)] == ["tool_result"] * len(answered)
        asked = [part["id"] for part in parts if part["type"] == "tool_use"]
        assert len(set(asked)) == len(asked)
        assert not ever & set(asked), "an id is used once in a conversation"
        ever.update(asked)
        for part in parts:
            if part["type"] == "text":
                assert part["text"].strip()
            if part["type"] == "tool_use":
                assert NAME.fullmatch(part["id"])
                assert NAME.fullmatch(part["name"])
                assert isinstance(part["input"], dict)
            if part["type"] == "thinking":
                assert part["signature"]
            assert "cache_control" not in part or part["type"] in ("text", "tool_result")
    assert not asked, "no call is left without its result"
    json.dumps(body)


def check_openai(body: dict[str, Any]) -> None:
    waiting: list[str] = []
    for message in body["messages"]:
        if message["role"] == "tool":
            assert waiting
            assert message["tool_call_id"] == waiting.pop(0)
            assert isinstance(message["content"], str)
            continue
        assert not waiting, "results follow their calls directly"
        if message["role"] == "assistant":
            calls = message.get("tool_calls") or []
            assert calls or message.get("content")
            waiting = [call["id"] for call in calls]
            assert len(set(waiting)) == len(waiting)
            for call in calls:
                assert 0 < len(call["id"]) <= 40
                assert NAME.fullmatch(call["function"]["name"])
                assert isinstance(json.loads(call["function"]["arguments"]), dict)
        else:
            assert message["content"]
    assert not waiting
    json.dumps(body)


@given(transcripts())
def test_anthropics_rules_are_kept(messages: list[Message]) -> None:
    check_anthropic(anthropic(request_of(messages)))


@given(transcripts(), st.sampled_from([USUAL, *BY_HOST.values()]))
def test_openais_rules_are_kept(messages: list[Message], dialect: Dialect) -> None:
    body = openai(request_of(messages), dialect)
    check_openai(body)
    if dialect.exact_ids:
        ids = [call["id"] for message in body["messages"] for call in message.get("tool_calls") or ()]
        assert all(len(id_) == dialect.id_chars and id_.isalnum() for id_ in ids)


WISHES = st.fixed_dictionaries(
    {
        "thinking": st.sampled_from(["", "off", "high"]),
        "tool_choice": st.builds(ToolChoice, st.sampled_from(["auto", "none", "required"]))
        | st.just(ToolChoice("required", "read")),
    }
)


@given(transcripts(), st.sampled_from(sorted(VENDORS)), WISHES)
def test_no_vendor_refuses_what_is_sent(messages: list[Message], name: str, wishes: dict[str, Any]) -> None:
    vendor, url = VENDORS[name], BY_ID[name].base_url.format(account="a", gateway="g")
    tools = tuple(ToolSpec(tool, "", {}) for tool in ("read", "exec"))
    request = ModelRequest(vendor.model, "be kind", tuple(messages), tools, **wishes)
    assert vendor.misses(openai(request, dialect_of(url))) is None


def check_responses(body: dict[str, Any]) -> None:
    waiting: list[str] = []
    items = body["input"]
    for item, following in zip(items, [*items[1:], {}], strict=False):
        kind = item.get("type", "message")
        if kind == "function_call_output":
            assert item["call_id"] == waiting.pop(0)
            continue
        if kind == "function_call":
            assert item["call_id"] not in waiting
            assert 0 < len(item["call_id"]) <= 64
            assert NAME.fullmatch(item["name"])
            assert isinstance(json.loads(item["arguments"]), dict)
            waiting.append(item["call_id"])
            continue
        assert not waiting or kind == "reasoning" or item["role"] == "assistant", "results follow their calls"
        if kind == "reasoning":
            assert item["encrypted_content"]
            assert following.get("type") in ("reasoning", "function_call") or following.get("role") == "assistant"
        else:
            assert item["content"]
    assert not waiting
    json.dumps(body)


@given(transcripts(), st.booleans())
def test_the_responses_rules_are_kept(messages: list[Message], reasons: bool) -> None:
    body = responses(request_of(messages), reasons=reasons)
    check_responses(body)
    assert reasons or all(item.get("type") != "reasoning" for item in body["input"])


@given(transcripts())
def test_ollamas_rules_are_kept(messages: list[Message]) -> None:
    waiting: list[str] = []
    for message in ollama(request_of(messages))["messages"]:
        if message["role"] == "tool":
            assert message["tool_name"] == waiting.pop(0)
            continue
        assert not waiting
        calls = message.get("tool_calls") or []
        assert message["content"].strip() or calls
        waiting = [call["function"]["name"] for call in calls]
        assert all(isinstance(call["function"]["arguments"], dict) for call in calls)
    assert not waiting


@given(transcripts(), st.sampled_from(["gemini-2.5-pro", "gemini-3-pro"]))
def test_geminis_rules_are_kept(messages: list[Message], model: str) -> None:
    body = google(ModelRequest(model, "be kind", tuple(messages)))
    called: list[str] = []
    for content in body["contents"]:
        parts = content["parts"]
        answered = [part["functionResponse"]["name"] for part in parts if "functionResponse" in part]
        assert answered == called, "as many results as calls, in the very next turn"
        calls = [part for part in parts if "functionCall" in part]
        called = [part["functionCall"]["name"] for part in calls]
        assert all(NAME.fullmatch(name) for name in called)
        assert all(part.get("text", "x").strip() or "thoughtSignature" in part for part in parts)
        if model == "gemini-3-pro" and calls:
            assert calls[0]["thoughtSignature"]
        assert all("openai" not in part.get("thoughtSignature", "") for part in parts)
    assert not called
    assert not body["contents"] or body["contents"][0]["role"] == "user"
    json.dumps(body)


@given(transcripts())
def test_bedrocks_rules_are_kept(messages: list[Message]) -> None:
    turns = bedrock(request_of(messages))["messages"]
    asked: list[str] = []
    for number, turn in enumerate(turns):
        assert turn["role"] == ("assistant" if number % 2 else "user"), "speakers take turns, a person first"
        parts = turn["content"]
        assert parts
        answered = [part["toolResult"]["toolUseId"] for part in parts if "toolResult" in part]
        assert answered == asked
        asked = [part["toolUse"]["toolUseId"] for part in parts if "toolUse" in part]
        assert len(set(asked)) == len(asked)
        assert all(NAME.fullmatch(part["toolUse"]["name"]) for part in parts if "toolUse" in part)
        assert all(part["text"].strip() for part in parts if "text" in part)
        assert all(part["toolResult"]["content"][0]["text"].strip() for part in parts if "toolResult" in part)
        assert any("reasoningContent" not in part for part in parts)
    assert not asked


@given(transcripts())
def test_what_was_trimmed_keeps_them_too(messages: list[Message]) -> None:
    trimmed = list(squeeze(prune(messages, 100, prunable_until(messages)), 50))
    check_anthropic(anthropic(request_of(trimmed)))
    check_openai(openai(request_of(trimmed), BY_HOST["api.openai.com"]))

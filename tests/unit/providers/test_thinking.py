"""How much a model shall think, in its vendor's words."""

from __future__ import annotations

import pytest

from openclaw.domain.transcript import Message, ThinkingBlock, ToolCallBlock, ToolResultBlock, tool_result, user_text
from openclaw.ports.provider import ModelRequest, ToolChoice, ToolSpec
from openclaw.providers.anthropic.request import build_request as anthropic_request
from openclaw.providers.openai_compatible.dialects import BY_HOST
from openclaw.providers.openai_compatible.request import build_request as openai_request

pytestmark = pytest.mark.spec("F1", "F2")

OLD, FOUR_SIX, NEW, ALWAYS = "claude-haiku-4-5", "claude-opus-4-6", "claude-sonnet-5", "claude-fable-5"


def asked(model: str, level: str, *more: Message, most: int = 16_384, **fields: object) -> ModelRequest:
    return ModelRequest(model, "", (user_text("hi"), *more), max_output_tokens=most, thinking=level, **fields)


def body(request: ModelRequest) -> dict[str, object]:
    sent = anthropic_request(request)
    return {name: sent[name] for name in ("thinking", "output_config") if name in sent}


@pytest.mark.parametrize(
    ("model", "level", "said"),
    [
        (OLD, "", {}),
        (NEW, "", {}),
        (OLD, "off", {}),
        (OLD, "minimal", {"thinking": {"type": "enabled", "budget_tokens": 1024}}),
        (OLD, "medium", {"thinking": {"type": "enabled", "budget_tokens": 8192}}),
        # Three quarters of all that the answer may take.
        (OLD, "xhigh", {"thinking": {"type": "enabled", "budget_tokens": 12_288}}),
        ("claude-3-7-sonnet-20250219", "low", {"thinking": {"type": "enabled", "budget_tokens": 2048}}),
        ("claude-haiku-4-5-20251001", "low", {"thinking": {"type": "enabled", "budget_tokens": 2048}}),
        ("claude-sonnet-4-20250514", "low", {"thinking": {"type": "enabled", "budget_tokens": 2048}}),
        (FOUR_SIX, "high", {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}}),
        (FOUR_SIX, "xhigh", {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}}),
        (NEW, "minimal", {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}}),
        (NEW, "xhigh", {"thinking": {"type": "adaptive"}, "output_config": {"effort": "xhigh"}}),
        (NEW, "off", {"thinking": {"type": "disabled"}}),
        (ALWAYS, "off", {"output_config": {"effort": "low"}}),
    ],
)
def test_anthropic_gets_a_budget_or_an_effort_by_its_version(model: str, level: str, said: dict[str, object]) -> None:
    assert body(asked(model, level)) == said


def test_a_budget_never_takes_the_whole_answer() -> None:
    assert body(asked(OLD, "high", most=1300)) == {}


TOOL = ToolSpec("look", "Look.", {"type": "object"})
CALL = ToolCallBlock("c1", "look", {})
RESULT = tool_result(ToolResultBlock("c1", "look", "seen"))


@pytest.mark.parametrize(
    ("blocks", "thinks"), [((CALL,), False), ((ThinkingBlock("hm", "sig"), CALL), True), ((ThinkingBlock("hm", ""), CALL), False)]
)  # fmt: skip
def test_thinking_does_not_begin_in_the_middle_of_a_turn_that_began_without(
    blocks: tuple[ThinkingBlock | ToolCallBlock, ...], thinks: bool
) -> None:
    request = asked(OLD, "high", Message("assistant", blocks), RESULT, tools=(TOOL,))
    assert ("thinking" in body(request)) is thinks


def test_a_demanded_tool_call_is_made_without_thinking() -> None:
    request = asked(OLD, "high", tools=(TOOL,), tool_choice=ToolChoice("required"))
    assert body(request) == {}


@pytest.mark.parametrize(
    ("model", "level", "effort"),
    [
        ("gpt-5.2", "off", "none"),
        ("gpt-5.2", "xhigh", "xhigh"),
        ("gpt-5.1", "xhigh", "high"),
        ("gpt-5-mini", "off", "minimal"),
        ("gpt-5-pro", "low", "high"),
        ("o3", "minimal", "low"),
        ("o3", "medium", "medium"),
        ("vendor/gpt-5.2", "minimal", "low"),
        ("gemini-2.5-pro", "xhigh", "high"),
        ("somebody-elses", "off", "low"),
    ],
)
def test_openai_gets_the_nearest_effort_that_the_model_takes(model: str, level: str, effort: str) -> None:
    assert openai_request(asked(model, level), BY_HOST["api.openai.com"])["reasoning_effort"] == effort


def test_without_a_wish_nothing_is_said() -> None:
    assert "reasoning_effort" not in openai_request(asked("gpt-5.2", ""), BY_HOST["api.openai.com"])

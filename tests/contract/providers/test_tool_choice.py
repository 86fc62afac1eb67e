"""Which tools a model may or must call, in each vendor's words."""

from __future__ import annotations

from openclaw.ports.provider import ToolChoice
from tests.contract.providers.calls import ask, events_of
from tests.contract.providers.conftest import Vendor
from tests.contract.providers.conversation import BEDROCK, OPENAI

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

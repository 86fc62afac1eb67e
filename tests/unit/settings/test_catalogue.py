"""What comes along about models, and what a configuration makes of it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from openclaw.ports.provider import ModelInfo
from openclaw.settings.catalogue import USUAL_ANSWER_TOKENS, known_model
from openclaw.settings.vendor_defaults import BY_ID, VENDORS, needs_key

SHIPPED = tomllib.loads(
    (Path(__file__).resolve().parents[3] / "openclaw" / "settings" / "models.toml").read_text(encoding="utf-8")
)["model"]


@pytest.mark.parametrize(
    ("provider", "model", "window"),
    [
        ("anthropic", "claude-sonnet-5", 1_000_000),
        ("anthropic", "claude-haiku-4-5-20251001", 200_000),
        ("google", "gemini-3.7-flash", 1_048_576),
        ("deepseek", "deepseek-v4-pro", 1_000_000),
        ("groq", "openai/gpt-oss-120b", 131_072),
        # A router's name is the vendor's model, whoever routes.
        ("openrouter", "anthropic/claude-opus-5.5", 1_000_000),
        ("cloudflare", "openai/gpt-5-mini", 400_000),
    ],
)
def test_a_model_is_known_by_its_vendor_and_id(provider: str, model: str, window: int) -> None:
    known = known_model(provider, model)
    assert (known.provider, known.id, known.context_window) == (provider, model, window)


@pytest.mark.parametrize(
    ("provider", "model"),
    [("mine", "claude-sonnet-5"), ("anthropic", "claude-next"), ("ollama", "qwen3:8b"), ("x", "y/z")],
)
def test_nothing_is_made_up_of_a_model_that_nobody_knows(provider: str, model: str) -> None:
    assert known_model(provider, model) == ModelInfo(model, provider)


def test_no_more_is_asked_for_than_usual_though_a_model_may_answer_with_more() -> None:
    assert known_model("anthropic", "claude-opus-5-5").max_output_tokens == USUAL_ANSWER_TOKENS
    assert known_model("bedrock", "amazon.nova-pro-v1:0").max_output_tokens == 5_120
    assert known_model("groq", "openai/gpt-oss-120b").max_output_tokens == 32_768


def test_a_window_is_no_larger_than_what_may_be_asked_and_answered() -> None:
    assert known_model("openai", "gpt-6.2-sol").context_window == 922_000 + USUAL_ANSWER_TOKENS


def test_every_vendor_s_own_models_are_known() -> None:
    unknown = [
        f"{vendor.id}/{model.id}"
        for vendor in VENDORS
        for model in vendor.models
        if known_model(vendor.id, model.id) == ModelInfo(model.id, vendor.id)
    ]
    assert unknown == []


def test_what_is_shipped_makes_sense() -> None:
    for entry in SHIPPED:
        assert entry["vendor"] in BY_ID
        assert set(entry["input_kinds"]) <= {"text", "image", "audio"}
        most = entry.get("max_output_tokens", entry["context_window"])
        assert 0 < entry.get("answer_tokens", 1) <= most <= entry["context_window"]
        assert entry.get("source", "https://").startswith("https://")


def test_what_is_configured_comes_before_what_is_known(load) -> None:
    settings = load(
        """
        [models.providers.anthropic]
        api_key = "k"
        [[models.providers.anthropic.models]]
        id = "claude-sonnet-5"
        [[models.providers.anthropic.models]]
        id = "claude-opus-5-5"
        name = "Mine"
        context_window = 300000
        max_output_tokens = 64000
        reasoning = false
        input_kinds = ["text"]
        [[models.providers.anthropic.models]]
        id = "claude-next"
        """
    )
    known, mine, unheard_of = settings.models.providers["anthropic"].models
    assert (known.context_window, known.input_kinds, known.reasoning) == (1_000_000, ("text", "image"), True)
    assert mine == ModelInfo("claude-opus-5-5", "anthropic", "Mine", 300_000, 64_000, False, ("text",))
    assert unheard_of == ModelInfo("claude-next", "anthropic")


@pytest.mark.parametrize(
    ("provider", "api", "needs"),
    [
        ("anthropic", "anthropic-messages", True),
        ("lmstudio", "openai-completions", False),
        ("mine", "openai-completions", True),
        ("mine", "ollama", False),
        ("bedrock", "bedrock-converse", False),
        ("demo", "demo", False),
        ("mine", "a-plugin-s", True),
        # Another wire format under a known name is another vendor.
        ("ollama", "openai-completions", True),
    ],
)
def test_who_needs_a_key(provider: str, api: str, needs: bool) -> None:
    assert needs_key(provider, api) is needs

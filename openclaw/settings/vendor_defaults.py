"""What is known of vendors without configuration: address, wire format, key variable and models, as data.

The first vendor of the table whose key is set gives the default model; without any it is ``demo/echo``.
"""

from __future__ import annotations

from dataclasses import dataclass

from openclaw.ports.provider import ModelInfo, ModelRef


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor that needs no section of its own once its key is set."""

    id: str
    api: str
    base_url: str
    #: Environment variables that may hold the key, in order. Empty: no key is needed.
    key_variables: tuple[str, ...]
    #: The first one is the vendor's default.
    models: tuple[ModelInfo, ...]

    @property
    def default_model(self) -> ModelRef:
        return ModelRef(self.id, self.models[0].id)


def _model(
    provider: str, model: str, name: str, window: int, answer: int, kinds: tuple[str, ...] = ("text", "image")
) -> ModelInfo:
    return ModelInfo(model, provider, name, window, answer, reasoning=kinds != ("text",), input_kinds=kinds)


DEMO = Vendor(
    id="demo",
    api="demo",
    base_url="",
    key_variables=(),
    models=(ModelInfo("echo", "demo", "Echo", context_window=200_000, max_output_tokens=8192),),
)

VENDORS: tuple[Vendor, ...] = (
    Vendor(
        id="anthropic",
        api="anthropic-messages",
        base_url="https://api.anthropic.com",
        key_variables=("ANTHROPIC_API_KEY",),
        models=(
            _model("anthropic", "claude-sonnet-5", "Claude Sonnet 5", 200_000, 16_384),
            _model("anthropic", "claude-opus-5", "Claude Opus 5", 200_000, 16_384),
            _model("anthropic", "claude-haiku-4-5", "Claude Haiku 4.5", 200_000, 16_384),
        ),
    ),
    Vendor(
        id="openai",
        api="openai-completions",
        base_url="https://api.openai.com/v1",
        key_variables=("OPENAI_API_KEY",),
        models=(
            _model("openai", "gpt-5.2", "GPT-5.2", 400_000, 16_384),
            _model("openai", "gpt-5-mini", "GPT-5 mini", 400_000, 16_384),
        ),
    ),
    Vendor(
        id="google",
        api="openai-completions",
        base_url="https://generativelanguage.googleapis.com/v1beta/openai",
        key_variables=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        models=(
            _model("google", "gemini-flash-latest", "Gemini Flash", 1_048_576, 16_384),
            _model("google", "gemini-2.5-pro", "Gemini 2.5 Pro", 1_048_576, 16_384),
        ),
    ),
)

BY_ID = {vendor.id: vendor for vendor in (DEMO, *VENDORS)}
#: Every variable a vendor's key may stand in.
KEY_VARIABLES = tuple(name for vendor in VENDORS for name in vendor.key_variables)

"""OpenAI's Chat Completions API, and the many vendors that speak it."""

from __future__ import annotations

from openclaw.plugins.registry import Registry
from openclaw.providers.openai_compatible.plugin import OpenAICompatiblePlugin


def register(registry: Registry) -> None:
    registry.add_provider(OpenAICompatiblePlugin(), source="openclaw.providers.openai_compatible")

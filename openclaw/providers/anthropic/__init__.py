"""Anthropic's Messages API, and whoever else speaks it."""

from __future__ import annotations

from openclaw.plugins.registry import Registry
from openclaw.providers.anthropic.plugin import AnthropicPlugin


def register(registry: Registry) -> None:
    registry.add_provider(AnthropicPlugin(), source="openclaw.providers.anthropic")

"""Ollama by its own API, which knows the size of the context, thinking and the models that are there."""

from __future__ import annotations

from openclaw.plugins.registry import Registry
from openclaw.providers.ollama.plugin import OllamaPlugin


def register(registry: Registry) -> None:
    registry.add_provider(OllamaPlugin(), source="openclaw.providers.ollama")

"""Models on AWS Bedrock, by its Converse API."""

from __future__ import annotations

from openclaw.plugins.registry import Registry
from openclaw.providers.bedrock.plugin import BedrockPlugin


def register(registry: Registry) -> None:
    registry.add_provider(BedrockPlugin(), source="openclaw.providers.bedrock")

"""Gemini by Google's own API, which signs thoughts and wants the signatures back."""

from __future__ import annotations

from openclaw.plugins.registry import Registry
from openclaw.providers.google.plugin import GooglePlugin


def register(registry: Registry) -> None:
    registry.add_provider(GooglePlugin(), source="openclaw.providers.google")

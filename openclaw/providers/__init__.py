"""The model vendors' adapters, one package per wire format.

Each family registers a ``ProviderPlugin``; a vendor's SDK is imported when its first provider is opened, not before.
The modules beside the packages are what the HTTP families share.
"""

from __future__ import annotations

from importlib import import_module

from openclaw.plugins.registry import Registry

#: The families that come with OpenClaw.
FAMILIES = ("anthropic", "bedrock", "demo", "google", "ollama", "openai_compatible")


def register(registry: Registry) -> None:
    """Register every built-in family."""
    for family in FAMILIES:
        import_module(f"openclaw.providers.{family}").register(registry)

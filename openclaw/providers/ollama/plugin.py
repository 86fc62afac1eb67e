"""Opens Ollama servers."""

from __future__ import annotations

from openclaw.ports.provider import Provider, ProviderConfig


class OllamaPlugin:
    """The family of Ollama's own wire format."""

    apis = ("ollama",)

    def open(self, config: ProviderConfig) -> Provider:
        """Makes no network call."""
        from openclaw.providers.ollama.provider import OllamaProvider

        return OllamaProvider(config)

"""Opens providers that speak ``google-generative-ai``."""

from __future__ import annotations

from openclaw.errors import ConfigError
from openclaw.ports.provider import Provider, ProviderConfig
from openclaw.providers.credentials import api_key_of


class GooglePlugin:
    """The family of Gemini's wire format."""

    apis = ("google-generative-ai",)

    def open(self, config: ProviderConfig) -> Provider:
        """Makes no network call. Raises ConfigError without a key."""
        key = api_key_of(config)
        if not key and not config.base_url:
            raise ConfigError(f"provider {config.id!r} has no api_key")
        from openclaw.providers.google.provider import GoogleProvider

        return GoogleProvider(config, key)

"""Opens providers that speak ``anthropic-messages``; the SDK is imported here at the first of them."""

from __future__ import annotations

from openclaw.errors import ConfigError
from openclaw.ports.provider import Provider, ProviderConfig
from openclaw.providers.credentials import api_key_of


class AnthropicPlugin:
    """The family of Anthropic's wire format."""

    apis = ("anthropic-messages",)

    def open(self, config: ProviderConfig) -> Provider:
        """Raises ConfigError when the SDK or the key is missing."""
        key = api_key_of(config)
        if not key:
            raise ConfigError(f"provider {config.id!r} has no api_key")
        try:
            from openclaw.providers.anthropic.provider import AnthropicProvider
        except ModuleNotFoundError as error:
            if error.name != "anthropic":
                raise
            raise ConfigError(
                f"provider {config.id!r} needs Anthropic's SDK: pip install 'openclaw-celery[anthropic]'"
            ) from error
        return AnthropicProvider(config, key)

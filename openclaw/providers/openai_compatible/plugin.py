"""Opens providers that speak OpenAI's wire formats; the SDK is imported here at the first of them."""

from __future__ import annotations

from openclaw.errors import ConfigError
from openclaw.ports.provider import Provider, ProviderConfig
from openclaw.providers.credentials import NO_KEY, api_key_of


class OpenAICompatiblePlugin:
    """The family of OpenAI's wire format."""

    apis = ("openai-completions", "openai-responses")

    def open(self, config: ProviderConfig) -> Provider:
        """Raises ConfigError when the SDK is missing, or the key of a vendor without a ``base_url`` of its own."""
        key = api_key_of(config)
        if not key and not config.base_url:
            raise ConfigError(f"provider {config.id!r} has no api_key")
        try:
            from openclaw.providers.openai_compatible.provider import OpenAICompatibleProvider
        except ModuleNotFoundError as error:
            if error.name != "openai":
                raise
            raise ConfigError(
                f"provider {config.id!r} needs OpenAI's SDK: pip install 'openclaw-celery[openai]'"
            ) from error
        return OpenAICompatibleProvider(config, key or NO_KEY)

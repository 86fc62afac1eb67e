"""Opens providers that speak ``bedrock-converse``; botocore is imported here at the first of them."""

from __future__ import annotations

from openclaw.errors import ConfigError
from openclaw.ports.provider import Provider, ProviderConfig


class BedrockPlugin:
    """The family of Bedrock's Converse API."""

    apis = ("bedrock-converse",)

    def open(self, config: ProviderConfig) -> Provider:
        """Makes no network call. Raises ConfigError when botocore is missing, or the profile or region."""
        try:
            from openclaw.providers.bedrock.provider import BedrockProvider
        except ModuleNotFoundError as error:
            if error.name not in ("botocore", "botocore.session"):
                raise
            raise ConfigError(
                f"provider {config.id!r} needs AWS's library: pip install 'openclaw-celery[bedrock]'"
            ) from error
        return BedrockProvider(config)

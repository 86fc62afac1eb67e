"""A provider's credentials as its client needs them, and what its error messages must never show."""

from __future__ import annotations

from openclaw.errors import ConfigError
from openclaw.ports.provider import ProviderConfig
from openclaw.providers.vendor_errors import Redactor

#: What servers without a credential get where an SDK insists on one.
NO_KEY = "none"


def api_key_of(config: ProviderConfig) -> str:
    """The key without surrounding white space; empty when none is set.

    Raises ConfigError for a key that no HTTP header can carry: the HTTP client's own error would show it.
    """
    key = config.api_key.reveal().strip() if config.api_key is not None else ""
    if not (key.isascii() and (key.isprintable() or not key)):
        raise ConfigError(f"the api_key of provider {config.id!r} holds characters that a key cannot have")
    return key


def redactor_of(config: ProviderConfig) -> Redactor:
    """Hides the key and every configured header's value."""
    return Redactor.of((api_key_of(config), *config.headers.values()))

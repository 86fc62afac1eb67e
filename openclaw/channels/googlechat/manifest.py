"""The Google Chat plugin as the registry sees it. Imports nothing heavy until an account is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from openclaw.channels.googlechat.limits import CAPABILITIES
from openclaw.errors import ConfigError
from openclaw.ports.channel import AccountPlace, ChannelCapabilities

if TYPE_CHECKING:
    from openclaw.channels.googlechat.account import GoogleChatAccount


class GoogleChatPlugin:
    """Opens Google Chat apps, one per account."""

    name = "googlechat"
    label = "Google Chat"

    @property
    def capabilities(self) -> ChannelCapabilities:
        return CAPABILITIES

    def open_account(self, account_id: str, config: Mapping[str, Any], _place: AccountPlace) -> GoogleChatAccount:
        """Build the account from its section. Raises ConfigError. Makes no network call."""
        from openclaw.channels.googlechat.config import load_config

        loaded = load_config(account_id, config)
        try:
            from openclaw.channels.googlechat.account import GoogleChatAccount
        except ModuleNotFoundError as error:
            raise ConfigError(
                f"channels.googlechat: {error.name} is not installed: pip install 'openclaw-celery[googlechat]'"
            ) from None
        return GoogleChatAccount(account_id, loaded)

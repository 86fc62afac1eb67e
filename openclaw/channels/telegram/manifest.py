"""The Telegram plugin as the registry sees it. Imports nothing heavy until an account is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from openclaw.channels.telegram.limits import CAPABILITIES
from openclaw.ports.channel import AccountPlace, ChannelCapabilities

if TYPE_CHECKING:
    from openclaw.channels.telegram.account import TelegramAccount


class TelegramPlugin:
    """Opens Telegram bots, one per account."""

    name = "telegram"
    label = "Telegram"

    @property
    def capabilities(self) -> ChannelCapabilities:
        return CAPABILITIES

    def open_account(self, account_id: str, config: Mapping[str, Any], _place: AccountPlace) -> TelegramAccount:
        """Build the account from its section. Raises ConfigError. Makes no network call."""
        from openclaw.channels.telegram.account import TelegramAccount
        from openclaw.channels.telegram.client import TelegramClient
        from openclaw.channels.telegram.config import load_config

        loaded = load_config(account_id, config)
        return TelegramAccount(account_id, loaded, TelegramClient(loaded))

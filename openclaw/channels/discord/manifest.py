"""The Discord plugin as the registry sees it. Imports nothing heavy until an account is opened."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from openclaw.channels.discord.limits import CAPABILITIES
from openclaw.errors import ConfigError
from openclaw.ports.channel import AccountPlace, ChannelCapabilities

if TYPE_CHECKING:
    from openclaw.channels.discord.account import DiscordAccount


class DiscordPlugin:
    """Opens Discord bots, one per account."""

    name = "discord"
    label = "Discord"

    @property
    def capabilities(self) -> ChannelCapabilities:
        return CAPABILITIES

    def open_account(self, account_id: str, config: Mapping[str, Any], _place: AccountPlace) -> DiscordAccount:
        """Build the account from its section. Raises ConfigError. Makes no network call."""
        from openclaw.channels.discord.account import DiscordAccount
        from openclaw.channels.discord.client import DiscordClient
        from openclaw.channels.discord.config import load_config

        if find_spec("discord") is None:
            raise ConfigError(
                f"channels.discord.accounts.{account_id}: discord.py is missing: pip install 'openclaw-celery[discord]'"
            )
        loaded = load_config(account_id, config)
        return DiscordAccount(account_id, loaded, DiscordClient(loaded))

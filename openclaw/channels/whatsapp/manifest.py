"""The WhatsApp plugin as the registry sees it. Imports nothing heavy until an account is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from openclaw.channels.whatsapp.limits import CAPABILITIES
from openclaw.ports.channel import AccountPlace, ChannelAccount, ChannelCapabilities

if TYPE_CHECKING:
    from openclaw.channels.whatsapp.config import CloudConfig


class WhatsAppPlugin:
    """Opens WhatsApp numbers, one per account."""

    name = "whatsapp"
    label = "WhatsApp"

    @property
    def capabilities(self) -> ChannelCapabilities:
        return CAPABILITIES

    def open_account(self, account_id: str, config: Mapping[str, Any], place: AccountPlace) -> ChannelAccount:
        """Build the account from its section, by its ``mode``. Raises ConfigError. Makes no network call."""
        from openclaw.channels.whatsapp.config import LinkConfig, load_config

        loaded = load_config(account_id, config)
        if isinstance(loaded, LinkConfig):
            from openclaw.channels.whatsapp.link_account import LinkAccount

            return LinkAccount(account_id, loaded, place)
        return self._cloud(account_id, loaded)

    @staticmethod
    def _cloud(account_id: str, config: CloudConfig) -> ChannelAccount:
        from openclaw.channels.whatsapp.account import CloudAccount
        from openclaw.channels.whatsapp.client import GraphClient

        return CloudAccount(account_id, config, GraphClient(config))

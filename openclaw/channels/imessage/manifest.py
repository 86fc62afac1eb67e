"""The iMessage plugin as the registry sees it. Imports nothing heavy until an account is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from openclaw.channels.imessage.limits import CAPABILITIES
from openclaw.ports.channel import AccountPlace, ChannelCapabilities

if TYPE_CHECKING:
    from openclaw.channels.imessage.account import IMessageAccount


class IMessagePlugin:
    """Opens Macs that are signed in to Messages, one per account."""

    name = "imessage"
    label = "iMessage"

    @property
    def capabilities(self) -> ChannelCapabilities:
        return CAPABILITIES

    def open_account(self, account_id: str, config: Mapping[str, Any], place: AccountPlace) -> IMessageAccount:
        """Build the account from its section. Raises ConfigError. Starts no process."""
        from openclaw.channels.imessage.account import IMessageAccount
        from openclaw.channels.imessage.config import load_config

        return IMessageAccount(account_id, load_config(account_id, config), place)

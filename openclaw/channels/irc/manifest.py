"""The IRC plugin as the registry sees it. Imports nothing heavy until an account is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from openclaw.channels.irc.limits import CAPABILITIES
from openclaw.ports.channel import AccountPlace, ChannelCapabilities

if TYPE_CHECKING:
    from openclaw.channels.irc.account import IrcAccount


class IrcPlugin:
    """Opens IRC accounts, one per server and nick."""

    name = "irc"
    label = "IRC"

    @property
    def capabilities(self) -> ChannelCapabilities:
        return CAPABILITIES

    def open_account(self, account_id: str, config: Mapping[str, Any], _place: AccountPlace) -> IrcAccount:
        """Build the account from its section. Raises ConfigError. Makes no network call."""
        from openclaw.channels.irc.account import IrcAccount
        from openclaw.channels.irc.config import load_config

        return IrcAccount(account_id, load_config(account_id, config))

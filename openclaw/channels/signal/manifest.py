"""The Signal plugin as the registry sees it. Imports nothing heavy until an account is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from openclaw.channels.signal.limits import CAPABILITIES
from openclaw.ports.channel import AccountPlace, ChannelCapabilities

if TYPE_CHECKING:
    from openclaw.channels.signal.account import SignalAccount


class SignalPlugin:
    """Opens Signal numbers, one per account."""

    name = "signal"
    label = "Signal"

    @property
    def capabilities(self) -> ChannelCapabilities:
        return CAPABILITIES

    def open_account(self, account_id: str, config: Mapping[str, Any], place: AccountPlace) -> SignalAccount:
        """Build the account from its section. Raises ConfigError. Makes no network call."""
        from openclaw.channels.signal.account import SignalAccount
        from openclaw.channels.signal.client import SignalClient
        from openclaw.channels.signal.config import load_config

        loaded = load_config(account_id, config)
        return SignalAccount(account_id, loaded, SignalClient(loaded), place)

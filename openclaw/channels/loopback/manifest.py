"""The loopback plugin as the registry sees it, and its accounts' configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from openclaw.channels.loopback.limits import CAPABILITIES
from openclaw.ports.channel import AccountPlace, ChannelCapabilities

if TYPE_CHECKING:
    from openclaw.channels.loopback.account import LoopbackAccount


class LoopbackPlugin:
    """Opens in-memory accounts."""

    name = "loopback"
    label = "Loopback"

    @property
    def capabilities(self) -> ChannelCapabilities:
        return CAPABILITIES

    def open_account(self, account_id: str, config: Mapping[str, Any], _place: AccountPlace) -> LoopbackAccount:
        """Build an account; without ``webhook_secret`` it takes no webhook calls. Raises ConfigError."""
        from openclaw.channels.loopback.account import LoopbackAccount
        from openclaw.channels.loopback.config import load_config

        return LoopbackAccount(account_id, load_config(account_id, config))

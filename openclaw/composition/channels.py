"""The configured channel accounts, opened at their first use."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from openclaw.errors import ConfigError
from openclaw.plugins.registry import Registry
from openclaw.ports.channel import ChannelAccount, ChannelCapabilities


class ConfiguredAccounts:
    """Accounts by channel and id. A wrong section fails its own account and no other."""

    def __init__(self, sections: Mapping[str, Mapping[str, Mapping[str, Any]]], registry: Registry) -> None:
        self._sections = sections
        self._registry = registry
        self._open: dict[tuple[str, str], ChannelAccount] = {}
        self._lock = threading.Lock()

    def names(self) -> list[tuple[str, str]]:
        """Every configured (channel, account)."""
        return [(channel, account) for channel, accounts in self._sections.items() for account in accounts]

    def account(self, channel: str, account_id: str) -> ChannelAccount | None:
        """``None`` when it is not configured. Raises ConfigError when its section is wrong."""
        key = (channel, account_id)
        found = self._open.get(key)
        if found is not None:
            return found
        section = self._sections.get(channel, {}).get(account_id)
        if section is None:
            return None
        plugin = self._registry.channels.get(channel)
        if plugin is None:
            known = ", ".join(sorted(self._registry.channels))
            raise ConfigError(f"channels.{channel}: there is no such channel; known: {known}")
        with self._lock:
            if key not in self._open:
                self._open[key] = plugin.open_account(account_id, section)
            return self._open[key]

    def capabilities(self, channel: str) -> ChannelCapabilities:
        """What a channel can do; plain text for one that is gone."""
        plugin = self._registry.channels.get(channel)
        return plugin.capabilities if plugin else ChannelCapabilities()

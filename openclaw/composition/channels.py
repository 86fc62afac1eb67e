"""The configured channel accounts, opened at their first use."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from openclaw.channel_kit.account_section import split_section
from openclaw.composition.open_pool import OpenPool
from openclaw.domain.account_rules import AccountRules
from openclaw.errors import ConfigError
from openclaw.plugins.registry import Registry
from openclaw.ports.channel import AccountPlace, ChannelAccount, ChannelCapabilities, UnknownPolicy
from openclaw.settings.schema import Settings

#: channel, account id and its whole section: an account whose section is unchanged stays open.
AccountKey = tuple[str, str, str]
AccountPool = OpenPool[AccountKey, ChannelAccount]


Sections = Mapping[str, Mapping[str, Mapping[str, Any]]]


def account_rules(sections: Sections) -> dict[tuple[str, str], AccountRules]:
    """Who may write to each account; those whose section is wrong are left out."""
    rules = {}
    for channel, accounts in sections.items():
        for account_id, section in accounts.items():
            with suppress(ConfigError):
                rules[channel, account_id] = split_section(channel, account_id, section)[0]
    return rules


def unknown_policy(settings: Settings, channel: str, account_id: str) -> UnknownPolicy | None:
    """What an account does with a message of which nobody knows whether it arrived; ``None`` where it says nothing."""
    section = settings.channels.get(channel, {}).get(account_id, {})
    with suppress(ConfigError):
        return split_section(channel, account_id, section)[0].unknown_policy
    return None


class ConfiguredAccounts:
    """Accounts by channel and id. A wrong section fails its own account and no other."""

    def __init__(self, settings: Settings, registry: Registry, pool: AccountPool) -> None:
        self._sections = settings.channels
        self._home = settings.home
        self._registry = registry
        self._pool = pool

    def names(self) -> list[tuple[str, str]]:
        """Every configured (channel, account)."""
        return [(channel, account) for channel, accounts in self._sections.items() for account in accounts]

    def account(self, channel: str, account_id: str) -> ChannelAccount | None:
        """``None`` when it is not configured. Raises ConfigError when its section is wrong."""
        section = self._sections.get(channel, {}).get(account_id)
        if section is None:
            return None
        plugin = self._registry.channels.get(channel)
        if plugin is None:
            known = ", ".join(sorted(self._registry.channels))
            raise ConfigError(f"channels.{channel}: there is no such channel; known: {known}")
        place = AccountPlace(self._home / "channels" / channel / account_id)

        def open_account() -> ChannelAccount:
            return plugin.open_account(account_id, split_section(channel, account_id, section)[1], place)

        return self._pool.get(self._key(channel, account_id, section), open_account)

    def version(self, channel: str, account_id: str) -> str:
        """Differs when the account's section does; a digest, for sections hold credentials."""
        section = json.dumps(self._sections[channel][account_id], sort_keys=True, default=str)
        return hashlib.sha256(section.encode()).hexdigest()[:16]

    def keys(self) -> set[AccountKey]:
        """What the pool has to keep open for this configuration."""
        return {
            self._key(channel, account_id, section)
            for channel, accounts in self._sections.items()
            for account_id, section in accounts.items()
        }

    def capabilities(self, channel: str) -> ChannelCapabilities:
        """What a channel can do; plain text for one that is gone."""
        plugin = self._registry.channels.get(channel)
        return plugin.capabilities if plugin else ChannelCapabilities()

    @staticmethod
    def _key(channel: str, account_id: str, section: Mapping[str, Any]) -> AccountKey:
        return channel, account_id, json.dumps(section, sort_keys=True, default=str)

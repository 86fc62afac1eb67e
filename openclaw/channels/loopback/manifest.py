"""The loopback plugin as the registry sees it, and its accounts' configuration."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from openclaw.channels.loopback.account import LoopbackAccount
from openclaw.channels.loopback.limits import CAPABILITIES
from openclaw.errors import ConfigError
from openclaw.ports.channel import ChannelCapabilities
from openclaw.ports.secrets import Secret

_KEYS = ("webhook_secret",)


class LoopbackPlugin:
    """Opens in-memory accounts."""

    name = "loopback"
    label = "Loopback"

    @property
    def capabilities(self) -> ChannelCapabilities:
        return CAPABILITIES

    def open_account(self, account_id: str, config: Mapping[str, Any]) -> LoopbackAccount:
        """Build an account; without ``webhook_secret`` it takes no webhook calls. Raises ConfigError."""
        where = f"channels.loopback.accounts.{account_id}"
        for key in config:
            if key not in _KEYS:
                near = difflib.get_close_matches(str(key), _KEYS, n=1, cutoff=0.5)
                hint = f"; did you mean {near[0]!r}?" if near else f"; known keys: {', '.join(_KEYS)}"
                raise ConfigError(f"{where}: unknown key {str(key)!r}{hint}")
        secret = config.get("webhook_secret")
        if isinstance(secret, str):
            secret = Secret(secret)
        if secret is not None and not isinstance(secret, Secret):
            raise ConfigError(f"{where}.webhook_secret: must be a string")
        return LoopbackAccount(account_id, secret)

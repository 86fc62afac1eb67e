"""The Slack plugin as the registry sees it. Imports nothing heavy until an account is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from openclaw.channels.slack.limits import CAPABILITIES
from openclaw.errors import ConfigError
from openclaw.ports.channel import AccountPlace, ChannelCapabilities

if TYPE_CHECKING:
    from openclaw.channels.slack.account import SlackAccount


class SlackPlugin:
    """Opens Slack apps, one per account."""

    name = "slack"
    label = "Slack"

    @property
    def capabilities(self) -> ChannelCapabilities:
        return CAPABILITIES

    def open_account(self, account_id: str, config: Mapping[str, Any], _place: AccountPlace) -> SlackAccount:
        """Build the account from its section. Raises ConfigError. Makes no network call."""
        from openclaw.channels.slack.config import load_config

        loaded = load_config(account_id, config)
        try:
            from openclaw.channels.slack.account import SlackAccount
            from openclaw.channels.slack.client import SlackClient
        except ModuleNotFoundError as error:
            if error.name is None or error.name.partition(".")[0] != "slack_sdk":
                raise
            raise ConfigError("channel slack needs Slack's SDK: pip install 'openclaw-celery[slack]'") from error
        return SlackAccount(account_id, loaded, SlackClient(loaded))

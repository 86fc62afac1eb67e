"""``channels.status``: the configured accounts."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

from typing import Any

from web.services import ConfiguredAccount
from web.validation import Flag, Params, Text, Whole
from web.ws.dispatch import Call, Method


class ChannelsStatusParams(Params):
    probe = Flag()
    timeoutMs = Whole()
    channel = Text(min_length=1)


def channels_status(call: Call) -> Any:
    services = call.gateway.services
    wanted = call.params.get("channel")
    names = [name for name in call.gateway.health.channel_names if wanted in (None, name)]
    accounts = {name: [account for account in services.facts.accounts if account.channel == name] for name in names}
    return {
        "ts": services.clock(),
        "channelOrder": names,
        "channelLabels": {name: services.channels[name].label for name in names},
        "channels": {name: {"configured": True} for name in names},
        "channelAccounts": {name: [_account(account) for account in accounts[name]] for name in names},
        "channelDefaultAccountId": {name: _default(accounts[name]) for name in names},
    }


def _account(account: ConfiguredAccount) -> dict[str, Any]:
    row: dict[str, Any] = {
        "accountId": account.account_id,
        "enabled": account.account is not None,
        "configured": True,
    }
    if account.mode:
        row["mode"] = account.mode
    if account.problem:
        row["lastError"] = account.problem
    if account.mode == "webhook":
        row["webhookPath"] = f"/webhooks/{account.channel}/{account.account_id}"
    return row


def _default(accounts: list[ConfiguredAccount]) -> str:
    chosen = next((account for account in accounts if account.default), accounts[0])
    return chosen.account_id


METHODS = (Method("channels.status", ChannelsStatusParams(), channels_status),)

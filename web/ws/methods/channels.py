"""``channels.status``, ``.start``, ``.stop`` and ``.logout``: the configured accounts."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from openclaw.errors import InvalidRequest, StoreUnavailable
from openclaw.ports.accounts import RUNNING, AccountName, AccountStatus, AccountWish
from openclaw.ports.channel import Probeable
from openclaw.ports.channel_connection import keeps_connection
from web.services import ConfiguredAccount
from web.validation import Flag, Params, Text, Whole
from web.ws.dispatch import Call, Method

#: How long platforms are asked where nobody says, and at most. Milliseconds.
PROBE_MS, LONGEST_PROBE_MS = 10_000, 60_000
PROBES_AT_ONCE = 8

Probes = Mapping[AccountName, dict[str, Any]]


class ChannelsStatusParams(Params):
    probe = Flag()
    timeoutMs = Whole()
    channel = Text(min_length=1)


class AccountParams(Params):
    channel = Text(required=True, min_length=1)
    accountId = Text()


def channels_status(call: Call) -> Any:
    wanted = call.params.get("channel")
    chosen = [each for each in call.gateway.services.facts.accounts if wanted in (None, each.channel)]
    if not call.params.get("probe"):
        return _status(call, chosen, {})
    seconds = min(call.params.get("timeoutMs", PROBE_MS), LONGEST_PROBE_MS) / 1000
    return call.answer_from(
        call.gateway.services.accounts.on_own_thread, lambda: _status(call, chosen, _probe(chosen, seconds))
    )


def _status(call: Call, chosen: list[ConfiguredAccount], probes: Probes) -> Any:
    services = call.gateway.services
    statuses = services.accounts.statuses([(each.channel, each.account_id) for each in chosen])
    try:
        wishes = services.accounts.wishes()
    except StoreUnavailable:
        wishes = {}
    now_ms = services.clock()
    names = [name for name in call.gateway.health.channel_names if any(each.channel == name for each in chosen)]
    accounts = {name: [each for each in chosen if each.channel == name] for name in names}

    def row(each: ConfiguredAccount) -> dict[str, Any]:
        name = (each.channel, each.account_id)
        return _account(each, wishes.get(name, RUNNING), statuses.get(name), now_ms) | probes.get(name, {})

    return {
        "ts": now_ms,
        "channelOrder": names,
        "channelLabels": {name: services.channels[name].label for name in names},
        "channels": {name: {"configured": True} for name in names},
        "channelAccounts": {name: [row(each) for each in accounts[name]] for name in names},
        "channelDefaultAccountId": {name: _default(accounts[name]) for name in names},
    }


def _account(each: ConfiguredAccount, wish: AccountWish, status: AccountStatus | None, now_ms: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "accountId": each.account_id,
        "enabled": each.account is not None and not wish.stopped,
        "configured": True,
    }
    if each.mode:
        row["mode"] = each.mode
    if each.problem:
        row["lastError"] = each.problem
    if keeps_connection(each.account):
        row |= _connection(status, now_ms)
    elif each.account is not None:
        row["webhookPath"] = f"/webhooks/{each.channel}/{each.account_id}"
    return row


def _connection(status: AccountStatus | None, now_ms: int) -> dict[str, Any]:
    if status is None:
        return {"running": False, "connected": False, "healthState": "not held by any connector"}
    row: dict[str, Any] = {
        "running": bool(status.owner),
        "connected": status.state == "connected",
        "healthState": status.state,
        "reconnectAttempts": status.failures,
        "lastConnectedAt": status.success_at_ms or None,
        "lastInboundAt": status.inbound_at_ms or None,
        "lastTransportActivityAt": status.success_at_ms or None,
    }
    facts = {
        "name": status.identity,
        "owner": status.owner,
        "lastError": status.error,
        "nextAttemptAt": status.next_attempt_at_ms,
    }
    row |= {key: value for key, value in facts.items() if value}
    if status.login and status.login_until_ms > now_ms:
        row["linked"] = False
    return row


def _default(accounts: list[ConfiguredAccount]) -> str:
    chosen = next((account for account in accounts if account.default), accounts[0])
    return chosen.account_id


def _probe(chosen: list[ConfiguredAccount], seconds: float) -> Probes:
    """Ask the platforms, side by side; those that cannot be asked are left out."""
    asked: dict[AccountName, Probeable] = {}
    for each in chosen:
        account: object = each.account
        if isinstance(account, Probeable):
            asked[each.channel, each.account_id] = account
    if not asked:
        return {}
    with ThreadPoolExecutor(PROBES_AT_ONCE, thread_name_prefix="channel-probe") as pool:
        found = list(pool.map(lambda account: account.probe(seconds), asked.values()))
    return {
        name: {"probe": {"ok": probe.ok, "identity": probe.identity, "error": probe.error}}
        for name, probe in zip(asked, found, strict=True)
    }


def start(call: Call) -> Any:
    return _command(call, call.gateway.services.accounts.start, {"started": True})


def stop(call: Call) -> Any:
    return _command(call, call.gateway.services.accounts.stop, {"stopped": True})


def logout(call: Call) -> Any:
    return _command(
        call,
        lambda name: call.gateway.services.accounts.stop(name, unlink=True),
        {"cleared": True, "loggedOut": True, "stopped": True},
    )


def _command(call: Call, act: Any, done: dict[str, Any]) -> Any:
    channel, account_id = call.params["channel"], call.params.get("accountId")
    found = account_named(call, channel, account_id)
    act((found.channel, found.account_id))
    return {"channel": found.channel, "accountId": found.account_id, **done}


def account_named(call: Call, channel: str, account_id: str | None) -> ConfiguredAccount:
    """A configured account, the default one where none is named. Raises InvalidRequest."""
    accounts = [each for each in call.gateway.services.facts.accounts if each.channel == channel]
    if not accounts:
        known = sorted({each.channel for each in call.gateway.services.facts.accounts})
        others = f"configured: {', '.join(known)}" if known else "there is no channel in the configuration"
        raise InvalidRequest(f"no account of channel {channel!r} is configured; {others}")
    wanted = account_id or _default(accounts)
    for each in accounts:
        if each.account_id == wanted:
            return each
    raise InvalidRequest(
        f"channel {channel} has no account {wanted!r}; configured: {', '.join(each.account_id for each in accounts)}"
    )


METHODS = (
    Method("channels.status", ChannelsStatusParams(), channels_status),
    Method("channels.start", AccountParams(), start),
    Method("channels.stop", AccountParams(), stop),
    Method("channels.logout", AccountParams(), logout),
)

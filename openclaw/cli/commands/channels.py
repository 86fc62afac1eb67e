"""``openclaw channels``"""

from __future__ import annotations

import click

from openclaw.cli.options import client_options, gateway, json_option, print_json
from openclaw.cli.rpc import READ, GatewayClient
from openclaw.cli.table import print_table


@click.group("channels")
def command() -> None:
    """The channels of the gateway."""


@command.command("status")
@click.option("--probe", is_flag=True, help="Ask the platforms too.")
@client_options
@json_option
def status(url: str | None, token: str | None, *, probe: bool, as_json: bool) -> None:
    """How each account stands."""
    with GatewayClient(gateway(url, token), scopes=READ) as client:
        found = client.call("channels.status", {"probe": probe, "timeoutMs": 10_000})
    if as_json:
        print_json(found)
        return
    labels = found.get("channelLabels") or {}
    rows = [
        (labels.get(channel, channel), account.get("accountId"), _state(account), account.get("lastError"))
        for channel in found.get("channelOrder") or []
        for account in (found.get("channelAccounts") or {}).get(channel, [])
    ]
    print_table(("CHANNEL", "ACCOUNT", "STATE", "LAST ERROR"), rows, empty="No channel is configured.")


def _state(account: dict[str, object]) -> str:
    for name in ("connected", "running", "configured", "enabled"):
        if account.get(name):
            return name
    return "off"

"""``openclaw health``"""

from __future__ import annotations

import click

from openclaw.cli.options import client_options, gateway, json_option, print_json
from openclaw.cli.rpc import READ, GatewayClient


@click.command("health")
@client_options
@json_option
def command(url: str | None, token: str | None, *, as_json: bool) -> None:
    """Ask the gateway whether it is well; the exit code tells."""
    with GatewayClient(gateway(url, token), scopes=READ) as client:
        health = client.call("health")
    if as_json:
        print_json(health)
    else:
        good = bool(health.get("ok"))
        click.echo(click.style("ok" if good else "not well", fg="green" if good else "red"))
        for channel in health.get("channelOrder") or []:
            click.echo(f"  {channel}: {_state(health.get('channels', {}).get(channel))}")
    if not health.get("ok"):
        raise click.exceptions.Exit(1)


def _state(facts: object) -> str:
    if not isinstance(facts, dict):
        return "unknown"
    return "configured" if facts.get("configured") else "not configured"

"""``openclaw heartbeat``: what came of the last one, and whether there are any."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from openclaw.cli.options import client_options, gateway, json_option, print_json
from openclaw.cli.rpc import ADMIN, READ, GatewayClient


@click.group("heartbeat")
def command() -> None:
    """Turns by the clock, in which agents look whether anything needs them."""


@command.command("last")
@client_options
@json_option
def last(url: str | None, token: str | None, *, as_json: bool) -> None:
    """Show what came of the last one."""
    with GatewayClient(gateway(url, token), scopes=READ) as client:
        found = client.call("last-heartbeat", {})
    if as_json:
        print_json(found)
    elif not found:
        click.echo("There was none yet.")
    else:
        at = datetime.fromtimestamp(found["ts"] / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        why = found.get("reason") or found.get("preview") or ""
        click.echo(f"{at}  {found.get('agentId', '')}  {found['status']}{'  ' if why else ''}{why}")


@command.command("enable")
@client_options
@json_option
def enable(url: str | None, token: str | None, *, as_json: bool) -> None:
    """Let heartbeats come again."""
    _set(url, token, enabled=True, as_json=as_json)


@command.command("disable")
@client_options
@json_option
def disable(url: str | None, token: str | None, *, as_json: bool) -> None:
    """Let none come, of any agent, until they are enabled again."""
    _set(url, token, enabled=False, as_json=as_json)


def _set(url: str | None, token: str | None, *, enabled: bool, as_json: bool) -> None:
    with GatewayClient(gateway(url, token), scopes=ADMIN) as client:
        answer = client.call("set-heartbeats", {"enabled": enabled})
    if as_json:
        print_json(answer)
    else:
        click.echo("Heartbeats come." if enabled else "No heartbeats come until `openclaw heartbeat enable`.")

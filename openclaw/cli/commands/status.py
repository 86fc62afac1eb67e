"""``openclaw status``"""

from __future__ import annotations

from typing import Any

import click

from openclaw.cli.options import client_options, gateway, json_option, print_json
from openclaw.cli.rpc import READ, GatewayClient
from openclaw.cli.table import ago, print_table


@click.command("status")
@client_options
@json_option
def command(url: str | None, token: str | None, *, as_json: bool) -> None:
    """What the gateway is doing."""
    address = gateway(url, token)
    with GatewayClient(address, scopes=READ) as client:
        status = client.call("status", {"includeChannelSummary": False})
        server = client.hello.get("server", {})
    if as_json:
        print_json(status)
        return
    click.echo(f"gateway   {address.url}, version {status.get('runtimeVersion') or server.get('version', 'unknown')}")
    sessions = status.get("sessions") or {}
    click.echo(f"sessions  {sessions.get('count', 0)}")
    for name, value in _totals(status).items():
        click.echo(f"{name:<9} {value}")
    recent = sessions.get("recent") or []
    if recent:
        import time

        now = time.time_ns() // 1_000_000
        click.echo()
        rows = [(s.get("key"), s.get("model"), ago(s.get("updatedAt"), now)) for s in recent[:10]]
        print_table(("SESSION", "MODEL", "ACTIVE"), rows, empty="")


def _totals(status: dict[str, Any]) -> dict[str, object]:
    """The plain numbers of the answer, whichever the gateway has."""
    totals = status.get("totals") or status.get("counts") or {}
    return {name: value for name, value in totals.items() if isinstance(value, int) and name != "sessions"}

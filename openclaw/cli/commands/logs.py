"""``openclaw logs``"""

from __future__ import annotations

import time

import click

from openclaw.cli.options import client_options, gateway, json_option, print_json
from openclaw.cli.rpc import READ, GatewayClient

_POLL_SECONDS = 1.0


@click.command("logs")
@click.option("--limit", type=click.IntRange(1, 5000), default=200, show_default=True, help="Lines to begin with.")
@click.option("--follow", "-f", is_flag=True, help="Go on as lines are written.")
@client_options
@json_option
def command(url: str | None, token: str | None, limit: int, *, follow: bool, as_json: bool) -> None:
    """Show the end of the gateway's log."""
    with GatewayClient(gateway(url, token), scopes=READ) as client:
        found = client.call("logs.tail", {"limit": limit, "maxBytes": 250_000})
        if as_json and not follow:
            print_json(found)
            return
        _print(found)
        while follow:
            time.sleep(_POLL_SECONDS)
            found = client.call("logs.tail", {"cursor": found.get("cursor"), "limit": 1000, "maxBytes": 250_000})
            _print(found)


def _print(found: dict[str, object]) -> None:
    lines = found.get("lines")
    for line in lines if isinstance(lines, list) else []:
        click.echo(line)

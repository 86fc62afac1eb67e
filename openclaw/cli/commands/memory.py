"""``openclaw memory``"""

from __future__ import annotations

import click

from openclaw.cli.options import client_options, gateway, json_option, print_json
from openclaw.cli.rpc import READ, GatewayClient, GatewayRefused

_METHOD = "doctor.memory.status"


@click.group("memory")
def command() -> None:
    """Agent memory."""


@command.command("status")
@client_options
@json_option
def status(url: str | None, token: str | None, *, as_json: bool) -> None:
    """Whether agents have a memory, and its state."""
    with GatewayClient(gateway(url, token), scopes=READ) as client:
        try:
            found = {"enabled": True, **client.call(_METHOD, {})}
        except GatewayRefused as error:
            if f"unknown method: {_METHOD}" not in str(error):
                raise
            found = {"enabled": False, "reason": "this gateway has no memory"}
    if as_json:
        print_json(found)
        return
    if not found["enabled"]:
        click.echo("memory is not enabled")
        return
    for name, value in found.items():
        if isinstance(value, str | int | float):
            click.echo(f"{name}: {value}")

"""``openclaw devices rotate | revoke``: what a paired device shows when it connects."""

from __future__ import annotations

from typing import Any

import click

from openclaw.cli.commands.devices.desk import ask_of, short
from openclaw.cli.options import client_options, done, gateway, json_option

_role = click.option("--role", default="operator", show_default=True, type=click.Choice(("operator", "node")))


@click.command("rotate")
@click.argument("device")
@_role
@click.option("--scope", "scopes", multiple=True, metavar="SCOPE", help="Less than before, such as operator.read.")
@client_options
@json_option
def rotate(
    device: str, role: str, scopes: tuple[str, ...], url: str | None, token: str | None, *, as_json: bool
) -> None:
    """Make DEVICE's tokens void. It gets a new one with the gateway's secret; nobody else gets to see it."""
    more: dict[str, Any] = {"scopes": list(scopes)} if scopes else {}
    found = ask_of(gateway(url, token), "device.token.rotate", device, role=role, **more)
    done(found, f"{short(found)}: the tokens it had are void", as_json=as_json)


@click.command("revoke")
@click.argument("device")
@_role
@client_options
@json_option
def revoke(device: str, role: str, url: str | None, token: str | None, *, as_json: bool) -> None:
    """Make DEVICE's tokens void and end its connections. It stays paired: `remove` forgets it."""
    found = ask_of(gateway(url, token), "device.token.revoke", device, role=role)
    done(found, f"{short(found)} has no token any more", as_json=as_json)

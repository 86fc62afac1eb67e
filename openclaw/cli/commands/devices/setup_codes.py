"""``openclaw devices setup-code | join``: a code that brings one device in without a further question."""

from __future__ import annotations

import base64
import json
import sys
import time
from typing import Any

import click

from openclaw.cli.commands.devices.desk import name_of
from openclaw.cli.options import client_options, environment, gateway, json_option, print_json
from openclaw.cli.rpc import ADMIN, TOKEN_TOO_SMALL, GatewayClient, GatewayRefused
from openclaw.errors import NotFound


@click.command("setup-code")
@click.option("--access", type=click.Choice(("full", "limited", "node")), default="full", show_default=True)
@click.option("--public-url", metavar="URL", help="Where the device finds the gateway; default: gateway.public_url.")
@click.option("--until-used", is_flag=True, help="Wait until the code has been used.")
@client_options
@json_option
def setup_code(
    access: str, public_url: str | None, url: str | None, token: str | None, *, until_used: bool, as_json: bool
) -> None:
    """Make a code that lets one new device in within ten minutes.

    On a terminal it is shown as a QR code too, for the apps; `openclaw devices join CODE` uses it on another machine.
    """
    params: dict[str, Any] = {} if access == "full" else {"bootstrapProfile": access}
    if public_url:
        params["publicUrl"] = public_url
    with GatewayClient(gateway(url, token), scopes=ADMIN) as client:
        found = client.call("device.pair.setupCode", params)
        print_json(found) if as_json else _show(found)
        if until_used:
            _await_use(client, found)


def _show(found: dict[str, Any]) -> None:
    if sys.stdout.isatty():
        import segno

        segno.make(found["setupCode"], error="l").terminal(compact=True)
    click.echo(found["setupCode"])
    access = f"{found.get('access')} access" + (", for you have no more yourself" if _is_less(found) else "")
    click.echo(f"for one device, for ten minutes: {access}, at {found['gatewayUrl']}", err=True)


def _is_less(found: dict[str, Any]) -> bool:
    return bool(found.get("accessDowngraded"))


def _await_use(client: GatewayClient, found: dict[str, Any]) -> None:
    seconds = found["expiresAtMs"] / 1000 - time.time()
    for frame in client.frames(timeout=max(0.0, seconds)):
        payload = frame.get("payload") or {}
        if frame.get("event") == "device.pair.setup.completed" and payload.get("setupId") == found["setupId"]:
            click.echo(f"used by {name_of({'displayName': payload.get('deviceName'), **payload})}", err=True)
            return
    raise NotFound("nobody used the code in time")


@click.command("join")
@click.argument("code")
@json_option
def join(code: str, *, as_json: bool) -> None:
    """Pair this machine with the gateway that CODE is of; from then on it needs no secret."""
    import dataclasses

    from openclaw.domain.pairing import ACCESS_SCOPES, Access
    from openclaw.ports.secrets import Secret
    from openclaw.settings.client import find_gateway

    url, bootstrap = _read(code)
    found = find_gateway(environment(), url=url, as_device=True)
    address = dataclasses.replace(found, token=None, bootstrap_token=Secret(bootstrap))
    try:
        client = GatewayClient(address, scopes=ACCESS_SCOPES[Access.FULL])
    except GatewayRefused as error:
        if error.detail != TOKEN_TOO_SMALL:
            raise
        client = GatewayClient(address, scopes=ACCESS_SCOPES[Access.LIMITED])
    with client:
        scopes = client.hello["auth"]["scopes"]
    if as_json:
        print_json({"url": address.url, "scopes": scopes})
    else:
        click.echo(f"paired with {address.url}; use it with --url, or\n  export OPENCLAW_GATEWAY_URL={address.url}")


def _read(code: str) -> tuple[str, str]:
    try:
        packed = json.loads(base64.urlsafe_b64decode(code.strip() + "=" * (-len(code.strip()) % 4)))
        return str(packed["url"]), str(packed["bootstrapToken"])
    except (ValueError, KeyError, TypeError):
        raise click.BadParameter(
            "is no setup code; `openclaw devices setup-code` makes one", param_hint="CODE"
        ) from None

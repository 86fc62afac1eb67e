"""``openclaw devices list | approve | reject | remove | rename``."""

from __future__ import annotations

import time
from typing import Any

import click

from openclaw.cli.commands.devices.desk import ask, ask_of, name_of, short
from openclaw.cli.options import client_options, done, gateway, json_option, print_json
from openclaw.cli.rpc import ADMIN, GatewayClient
from openclaw.cli.table import ago, print_table
from openclaw.errors import NotFound


@click.command("list")
@client_options
@json_option
def list_devices(url: str | None, token: str | None, *, as_json: bool) -> None:
    """List what waits for approval, and the paired devices."""
    found = ask(gateway(url, token), "device.pair.list", {})
    if as_json:
        print_json(found)
        return
    now = time.time_ns() // 1_000_000
    if found.get("pending"):
        waiting = [
            (r.get("requestId"), name_of(r), r.get("role"), _scopes(r), r.get("remoteIp"), ago(r.get("ts"), now))
            for r in found["pending"]
        ]
        print_table(("REQUEST", "DEVICE", "ROLE", "WANTS", "FROM", "ASKED"), waiting, empty="")
        click.echo("let one in with: openclaw devices approve REQUEST\n")
    paired = [
        (
            short(device),
            name_of(device),
            ", ".join(device.get("roles") or []),
            _scopes(device),
            "connected" if device.get("connected") else ago(device.get("lastSeenAtMs"), now),
        )
        for device in found.get("paired", [])
    ]
    print_table(("DEVICE", "NAME", "ROLES", "MAY", "SEEN"), paired, empty="No device is paired.")


def _scopes(device: dict[str, Any]) -> str:
    return ", ".join(str(scope).removeprefix("operator.") for scope in device.get("scopes") or [])


@click.command("approve")
@click.argument("request_id", metavar="[REQUEST]", required=False)
@client_options
@json_option
def approve(request_id: str | None, url: str | None, token: str | None, *, as_json: bool) -> None:
    """Let the device of REQUEST in, with all that it asks for. Without REQUEST: the only one that waits."""
    with GatewayClient(gateway(url, token), scopes=ADMIN) as client:
        chosen = request_id or _only_request(client)
        found = client.call("device.pair.approve", {"requestId": chosen})
    done(found, f"{name_of(found.get('device') or {})} is approved", as_json=as_json)


def _only_request(client: GatewayClient) -> str:
    waiting = client.call("device.pair.list", {}).get("pending", [])
    if len(waiting) != 1:
        what = f"{len(waiting)} requests wait; name one" if waiting else "nothing waits for approval"
        raise NotFound(f"{what}: `openclaw devices list` shows them")
    return str(waiting[0]["requestId"])


@click.command("reject")
@click.argument("request_id", metavar="REQUEST")
@client_options
@json_option
def reject(request_id: str, url: str | None, token: str | None, *, as_json: bool) -> None:
    """Turn REQUEST down."""
    found = ask(gateway(url, token), "device.pair.reject", {"requestId": request_id})
    done(found, f"{short(found)} is rejected", as_json=as_json)


@click.command("remove")
@click.argument("device")
@client_options
@json_option
def remove(device: str, url: str | None, token: str | None, *, as_json: bool) -> None:
    """Forget DEVICE: its tokens are void and its connections end at once."""
    found = ask_of(gateway(url, token), "device.pair.remove", device)
    done(found, f"{short(found)} is removed", as_json=as_json)


@click.command("rename")
@click.argument("device")
@click.argument("name")
@client_options
@json_option
def rename(device: str, name: str, url: str | None, token: str | None, *, as_json: bool) -> None:
    """Call DEVICE by a NAME of yours."""
    found = ask_of(gateway(url, token), "device.pair.rename", device, label=name)
    done(found, f"{short(found)} is called {found['label']}", as_json=as_json)

"""``openclaw gateway restart``"""

from __future__ import annotations

import time

import click

from openclaw.cli.options import client_options, gateway, json_option, print_json
from openclaw.cli.rpc import ADMIN, READ, ConnectionLost, GatewayClient
from openclaw.errors import OpenClawError, Unavailable
from openclaw.settings.client import GatewayAddress

LOOK_SECONDS = 0.3


@click.command("restart")
@click.option("--reason", metavar="TEXT", help="What clients and the log are told.")
@click.option(
    "--timeout", type=click.FloatRange(min=1), default=60.0, show_default=True, help="Seconds to wait for it."
)
@client_options
@json_option
def command(url: str | None, token: str | None, reason: str | None, timeout: float, *, as_json: bool) -> None:
    """Let the gateway drain and start anew, and wait until it serves again. Runs go on meanwhile."""
    address = gateway(url, token)
    with GatewayClient(address, scopes=ADMIN) as client:
        asked = client.call("gateway.restart.request", {"reason": reason} if reason else {})
    started = time.monotonic()
    boot_id = _wait_for_another(address, str(asked["bootId"]), started + timeout)
    seconds = round(time.monotonic() - started, 1)
    if as_json:
        print_json({**asked, "newBootId": boot_id, "seconds": seconds})
    else:
        click.echo(f"the gateway serves again after {seconds} s")


def _wait_for_another(address: GatewayAddress, boot_id: str, deadline: float) -> str:
    while time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
        try:
            with GatewayClient(address, scopes=READ) as client:
                found = str((client.hello.get("server") or {}).get("bootId", ""))
        except (ConnectionLost, Unavailable, OSError):
            continue
        except OpenClawError as error:
            if error.retryable:
                continue
            raise
        if found != boot_id:
            return found
    raise Unavailable("the gateway has not come back yet; `openclaw logs` may say why")

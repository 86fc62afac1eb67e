"""``openclaw down``: stop a detached stack."""

from __future__ import annotations

import click

from openclaw.cli.options import environment, json_option, print_json
from openclaw.cli.singleton import stop_running


@click.command("down")
@click.option("--timeout", type=click.FloatRange(0), default=120.0, show_default=True, help="Seconds to wait.")
@json_option
def command(timeout: float, *, as_json: bool) -> None:
    """Let the running stack finish what it has begun, and stop it."""
    place = environment()
    stopped = stop_running(place.run_dir, timeout=timeout)
    if as_json:
        print_json({"stopped": stopped, "home": str(place.home)})
    else:
        click.echo("stopped" if stopped else f"nothing runs in {place.home}")

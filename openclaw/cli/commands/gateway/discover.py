"""``openclaw gateway discover``: which gateways announce themselves on the local network."""

from __future__ import annotations

import click

from openclaw.cli.options import json_option, print_json
from openclaw.cli.table import print_table


@click.command("discover")
@click.option(
    "--timeout",
    "seconds",
    type=click.FloatRange(0.1, 60),
    default=2.0,
    show_default=True,
    help="How long to listen, in seconds.",
)
@click.option("--interface", "interfaces", multiple=True, help="An address of this machine to listen on; else all.")
@json_option
def command(seconds: float, interfaces: tuple[str, ...], *, as_json: bool) -> None:
    """Listen for gateways that announce themselves by mDNS."""
    from openclaw.cli.discover import discover

    found = discover(seconds, list(interfaces) or None)
    if as_json:
        print_json({"gateways": [one.to_json() for one in found]})
        return
    rows = [(one.display_name or one.name, one.url) for one in found]
    print_table(("NAME", "ADDRESS"), rows, empty="No gateway announces itself; set discovery.mdns on its host.")

"""``openclaw connector``"""

from __future__ import annotations

import click

from openclaw.cli.options import environment
from openclaw.cli.wakeups import Wakeups
from openclaw.observability.process_title import set_title

_LONG_SECONDS = 3600.0


@click.command("connector")
def command() -> None:
    """Hold the connections of channel accounts that need one, until SIGTERM.

    No channel of this version keeps a connection open, so the process holds nothing and says so.
    """
    set_title("openclaw: connector")
    ready_file = environment().ready_file
    with Wakeups() as wakeups:
        click.echo("connector: no configured account keeps a connection; waiting to be stopped")
        if ready_file is not None:
            ready_file.touch(mode=0o600)
        while not wakeups.stops:
            wakeups.wait(_LONG_SECONDS)
    click.echo("connector: stopped")

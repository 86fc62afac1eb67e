"""``openclaw connector``"""

from __future__ import annotations

import threading

import click

from openclaw.cli.wakeups import Wakeups
from openclaw.observability.process_title import set_title

_LONG_SECONDS = 3600.0


@click.command("connector")
def command() -> None:
    """Hold the connections of channel accounts that need one, until SIGTERM.

    Any number may run, one per host: an account is held by one of them at a time, and moves when that one dies.
    """
    from openclaw.cli.exec_part import part_settings
    from openclaw.composition.connector import build_connector
    from openclaw.composition.settings import adopt_edits, live_settings
    from openclaw.observability.logs import set_up_logging

    set_title("openclaw: connector")
    place, _ = part_settings()
    adopt_edits(place)
    live = live_settings()
    set_up_logging(live.settings.log.level)
    live.on_change(lambda _before, after, _changes: set_up_logging(after.log.level))
    services = build_connector(live)
    stopped = threading.Event()
    with Wakeups() as wakeups:
        services.follower.start()
        services.run_errands(stopped)
        services.connector.start()
        names = ["/".join(name) for name in services.connections()]
        click.echo(f"connector: accounts with a connection: {', '.join(names) or 'none'}")
        if place.ready_file is not None:
            place.ready_file.touch(mode=0o600)
        while not wakeups.stops:
            wakeups.wait(_LONG_SECONDS)
        stopped.set()
        services.follower.stop()
        closed = services.connector.stop()
    click.echo("connector: stopped" if closed else "connector: stopped with a connection that did not end")

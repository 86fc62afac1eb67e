"""``openclaw lanes``: who runs what, who waits, and how much may run at once. Speaks to SQL and Redis themselves,
so that it works when no gateway does.
"""

from __future__ import annotations

import time

import click

from openclaw.cli.options import json_option, print_json
from openclaw.cli.table import print_table


@click.group("lanes", invoke_without_command=True)
@json_option
@click.pass_context
def command(context: click.Context, *, as_json: bool) -> None:
    """Show the lanes of sessions that have work: state, holder, lease, queue depth."""
    if context.invoked_subcommand is not None:
        return
    from openclaw.cli.exec_part import part_settings
    from openclaw.composition.redis_parts import open_redis
    from openclaw.composition.storage import open_storage

    _, settings = part_settings()
    storage = open_storage(settings, pool_size=1)
    busy = storage.sessions.busy_sessions(limit=200)
    views = open_redis(settings, max_connections=2).lanes.view([session.id for session in busy])
    now = time.time_ns() // 1_000_000
    rows = [
        {
            "session": session.session_key,
            "state": view.state.value,
            "owner": view.owner,
            "lease_seconds": max(0.0, round((view.lease_until_ms - now) / 1000, 1)),
            "fence": view.fence,
            "pending": session.pending,
            "run": session.active_run_id,
            "misses": view.misses,
        }
        for session, view in zip(busy, views, strict=True)
    ]
    if as_json:
        print_json({"epoch": open_redis(settings, max_connections=2).lanes.epoch(), "lanes": rows})
        return
    columns = ("session", "state", "owner", "lease_seconds", "pending", "run")
    print_table(
        [name.upper().replace("_SECONDS", "") for name in columns],
        [[row[name] for name in columns] for row in rows],
        empty="Every lane is idle.",
    )


@command.command("limit")
@click.argument("lane_class", metavar="CLASS")
@click.argument("concurrency", type=click.IntRange(1))
@click.option("--reserved", type=click.IntRange(0), default=0, show_default=True, help="Slots for people's turns only.")
def limit(lane_class: str, concurrency: int, reserved: int) -> None:
    """Change how many turns of CLASS run at once, now. A worker that starts sets its config's value again."""
    from openclaw.cli.exec_part import part_settings
    from openclaw.composition.intake import build_keeper
    from openclaw.composition.redis_parts import open_redis
    from openclaw.composition.storage import open_storage
    from openclaw.ports.lanes import ClassLimit

    _, settings = part_settings()
    if lane_class not in settings.lanes.classes:
        known = ", ".join(settings.lanes.classes)
        raise click.BadParameter(f"no lane class {lane_class!r}; known: {known}", param_hint="CLASS")
    redis_parts = open_redis(settings, max_connections=2)
    keeper = build_keeper(settings, open_storage(settings, pool_size=1), redis_parts)
    keeper.ring(redis_parts.lanes.set_limits({lane_class: ClassLimit(concurrency, min(reserved, concurrency - 1))}))
    click.echo(f"{lane_class}: {concurrency} at once, {min(reserved, concurrency - 1)} reserved")

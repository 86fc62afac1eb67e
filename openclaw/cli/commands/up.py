"""``openclaw up``: the whole stack on this machine."""

from __future__ import annotations

import click

from openclaw.cli.options import environment, json_option
from openclaw.observability.process_title import set_title


@click.command("up")
@click.option("--port", type=click.IntRange(1, 65535), help="The gateway's port.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Worker processes.")
@click.option("--concurrency", type=click.IntRange(1, 1000), help="Tasks per worker process.")
@click.option("--flower", is_flag=True, help="Run the Flower dashboard too.")
@click.option("--detach", "-d", is_flag=True, help="Return once it serves; `openclaw down` stops it.")
@json_option
def command(
    port: int | None, workers: int, concurrency: int | None, *, flower: bool, detach: bool, as_json: bool
) -> None:
    """Run Redis, gateway, workers, connector and scheduler until Ctrl-C.

    The first line of output is `ready url=… token=…` once everything answers.
    """
    from openclaw.cli.recipe import Wishes
    from openclaw.cli.stack import print_ready, read_settings, run_stack

    place = environment()
    wishes = Wishes(workers=workers, flower=flower, as_json=as_json, port=port, concurrency=concurrency)
    set_title("openclaw: supervisor")
    if not detach:
        run_stack(place, wishes, tell=print_ready)
        return
    from openclaw.cli.detach import run_detached

    log_path = read_settings(place, wishes).logs_dir / "supervisor.log"
    code = run_detached(lambda tell: run_stack(place, wishes, tell=tell), log_path)
    raise click.exceptions.Exit(code)

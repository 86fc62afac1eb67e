"""``openclaw worker``"""

from __future__ import annotations

import click


@click.command("worker")
@click.option("--queues", "-Q", metavar="LIST", help="Comma-separated queues; default: all but browser.")
@click.option("--concurrency", "-c", type=click.IntRange(1, 1000), help="Tasks at once.")
@click.option("--pool", "-P", type=click.Choice(("threads", "gevent", "prefork", "solo")), help="Celery pool.")
@click.option("--name", default="worker", show_default=True, help="First part of the worker's name.")
def command(queues: str | None, concurrency: int | None, pool: str | None, name: str) -> None:
    """Become a Celery worker."""
    from openclaw.cli.exec_part import become, part_settings
    from openclaw.cli.part_commands import worker_argv

    wishes = {
        "OPENCLAW_WORKER_CONCURRENCY": str(concurrency) if concurrency else None,
        "OPENCLAW_WORKER_POOL": pool,
    }
    place, settings = part_settings({key: value for key, value in wishes.items() if value})
    chosen = [queue.strip() for queue in (queues or "").split(",") if queue.strip()]
    become(worker_argv(settings, name=name, queues=chosen), place)

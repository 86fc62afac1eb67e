"""The command line of each part, as Celery and Flask people would type it.

The stack is started by exec of these; nothing here imports a part.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from openclaw.settings.schema import Settings

#: Queues every stack has besides those of the agents.
SERVICE_QUEUES = ("replies", "media", "maintenance")

#: The queue of workers that have a browser; they serve nothing else.
BROWSER_QUEUE = "browser"

_CELERY = ("-m", "celery", "-A", "workers")


def gateway_argv() -> list[str]:
    return [sys.executable, "-m", "gunicorn", "-c", "python:web.gunicorn_conf", "web:create_app()"]


def worker_argv(
    settings: Settings,
    *,
    name: str = "worker",
    queues: Sequence[str] = (),
    concurrency: int | None = None,
    pool: str | None = None,
) -> list[str]:
    return [
        sys.executable,
        *_CELERY,
        "worker",
        f"--hostname={name}@%h",
        f"--pool={pool or settings.worker.pool}",
        f"--concurrency={concurrency or settings.worker.concurrency}",
        f"--queues={','.join(queues or (*settings.agent_queues, *SERVICE_QUEUES))}",
        f"--loglevel={settings.log.level}",
        "--without-gossip",
        "--without-mingle",
    ]


def beat_argv(settings: Settings) -> list[str]:
    schedule = settings.run_dir / "beat-schedule"
    return [sys.executable, *_CELERY, "beat", f"--schedule={schedule}", f"--loglevel={settings.log.level}"]


def flower_argv(settings: Settings) -> list[str]:
    flower = settings.flower
    argv = [sys.executable, *_CELERY, "flower", f"--address={flower.host}", f"--port={flower.port}"]
    return [*argv, f"--url-prefix={flower.url_prefix}"] if flower.url_prefix else argv


def connector_argv() -> list[str]:
    return [sys.executable, "-m", "openclaw.cli.main", "connector"]

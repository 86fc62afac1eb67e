"""The services of this process, made at first use and again after a fork."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from openclaw.composition.settings import live_settings
from workers import drain

if TYPE_CHECKING:
    from openclaw.composition.worker import WorkerServices
    from workers.turn_threads import TurnThreads

_lock = threading.Lock()
_made: dict[int, tuple[WorkerServices, TurnThreads]] = {}


def services() -> WorkerServices:
    """The process's services. A forked child never uses its parent's connections."""
    pid = os.getpid()
    found = _made.get(pid)
    if found is None:
        with _lock:
            found = _made.get(pid)
            if found is None:
                found = _made[pid] = _make()
    return found[0]


def _make() -> tuple[WorkerServices, TurnThreads]:
    # Here, because beat and Celery's own commands import the tasks as well and run none of them.
    from openclaw.composition.worker import build_worker_services
    from workers.turn_threads import TurnThreads

    live = live_settings()
    made = build_worker_services(live)
    threads = TurnThreads(made, drain.clock(live.settings.worker.drain_seconds))
    made.holds.on_open = threads.start
    made.follower.start()
    return made, threads

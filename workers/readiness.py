"""When the worker is ready: its lanes are open, its reaper runs, and whoever waits for it is told."""

from __future__ import annotations

import logging
import os
from importlib import import_module
from typing import Any

from openclaw.composition.settings import process_settings
from openclaw.observability.process_title import set_title
from workers import drain
from workers.reaper import Reaper

log = logging.getLogger(__name__)


def connect(signals: Any) -> None:
    signals.worker_init.connect(_load_services, weak=False)
    signals.worker_ready.connect(_worker_ready, weak=False)
    signals.beat_init.connect(_beat_ready, weak=False)
    signals.setup_logging.connect(_set_up_logging, weak=False)
    signals.worker_process_init.connect(_child_started, weak=False)


def _load_services(**_: Any) -> None:
    """Give way, and import what turns need before the pool is made: forked children share both with their parent."""
    os.nice(process_settings().worker.nice)
    for name in ("openclaw.composition.worker", "workers.turn_threads"):
        import_module(name)


def _worker_ready(sender: Any = None, **_: Any) -> None:
    from workers.process import services

    set_title(f"openclaw: worker {getattr(sender, 'hostname', '')}".rstrip())
    drain.watch_signals()
    Reaper(services(), process_settings().lanes.sweep_seconds).start()
    _announce()


def _beat_ready(**_: Any) -> None:
    set_title("openclaw: beat")
    _announce()


def _announce() -> None:
    ready_file = process_settings().ready_file
    if ready_file is not None:
        ready_file.touch(mode=0o600)
    log.info("ready")


def _child_started(**_: Any) -> None:
    """Open a prefork child's connections before its first turn needs them."""
    from workers.process import services

    set_title("openclaw: worker child")
    services()


def _set_up_logging(**_: Any) -> None:
    from openclaw.observability.logs import set_up_logging

    set_up_logging(process_settings().log.level)

"""The reaper of every worker: expired leases, unserved grants and due work, several times a second; the sweep, once
per cluster and interval.

Any number of reapers may run: each pass is one atomic script, and the sweep is guarded by a lease that nobody renews.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from typing import TYPE_CHECKING

from openclaw.errors import LanesRolledBack, RedisUnavailable, StoreUnavailable
from workers.drain import is_draining

if TYPE_CHECKING:
    from openclaw.composition.worker import WorkerServices

log = logging.getLogger(__name__)

#: The longest pause between two passes in seconds: how late a gathered message may start.
LONGEST_PAUSE = 0.25
#: The pause after a failure, in seconds.
FAILURE_PAUSE = 1.0


class Reaper:
    """One ordinary daemon thread."""

    def __init__(self, services: WorkerServices, sweep_seconds: float) -> None:
        self._keeper = services.keeper
        self._sweep = services.sweep
        self._sweep_seconds = sweep_seconds
        self._turn = services.redis.lease("sweep", f"reaper-{uuid.uuid4()}", int(sweep_seconds * 1000))
        self._opened = False

    def start(self) -> None:
        threading.Thread(target=self._run, name="reaper", daemon=True).start()

    def _run(self) -> None:
        pause = threading.Event()
        swept = 0.0
        while True:
            try:
                wait = self._pass()
                if time.monotonic() - swept > self._sweep_seconds:
                    swept = time.monotonic()
                    if self._turn.acquire():
                        self._sweep()
            except (RedisUnavailable, StoreUnavailable, LanesRolledBack) as error:
                log.warning("the reaper could not do its pass: %s", error)
                self._opened = False
                wait = FAILURE_PAUSE
            except Exception:
                # The reaper is what recovers everything else; it must outlive any bug in one pass.
                log.exception("the reaper's pass failed")
                wait = FAILURE_PAUSE
            pause.wait(wait)

    def _pass(self) -> float:
        if not self._opened:
            self._keeper.open_lanes()
            self._opened = True
        if is_draining():
            # A worker that goes must not ring for turns while others are there to; expired leases wait for them.
            return LONGEST_PAUSE
        return min(self._keeper.tick() / 1000, LONGEST_PAUSE)

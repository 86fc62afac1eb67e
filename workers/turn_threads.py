"""The threads that keep this process's turns alive and honest.

| thread | kind | does |
|---|---|---|
| renewer | native | renews every lease at a third of its length in one call; gives a lease up by its own clock |
| watcher | ordinary | turns what the renewer saw into cancels, enforces deadlines, notes progress, finds stuck turns |
| listener | ordinary | hears cancel signals at once |

They start with the process's first turn.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time

from openclaw.agent.holds import TurnHold
from openclaw.composition.native import native_sleep, start_native_thread
from openclaw.composition.worker import WorkerServices
from openclaw.errors import LanesRolledBack, RedisUnavailable, StaleFence, StoreUnavailable
from openclaw.ports.lanes import Hold, HoldState
from openclaw.ports.store import RunningTurn
from workers.drain import DrainClock

log = logging.getLogger(__name__)

#: The watcher's pass, in seconds.
WATCH_SECONDS = 0.1
#: A cancelled turn that has not ended after this many seconds is stuck.
STUCK_SECONDS = 15.0
#: Progress is written to SQL at most this often, in seconds, for turns that are at least as old.
TOUCH_SECONDS = 10.0
#: Part of the lease that is kept as a margin when a holder stops by its own clock.
MARGIN = 0.1


class TurnThreads:
    """Starts the threads once; they live as long as the process."""

    def __init__(self, services: WorkerServices, drain: DrainClock) -> None:
        self._services = services
        self._holds = services.holds
        self._drain = drain
        self._started = threading.Event()
        self._lock = threading.Lock()
        self._stuck_reported = False

    def start(self) -> None:
        if self._started.is_set():
            return
        with self._lock:
            if self._started.is_set():
                return
            self._started.set()
            start_native_thread(self._renew_forever, "lease-renewer")
            threading.Thread(target=self._watch_forever, name="turn-watcher", daemon=True).start()
            threading.Thread(target=self._listen_forever, name="cancel-listener", daemon=True).start()

    # --- renewer ----------------------------------------------------------------------------------------------

    def _renew_forever(self) -> None:
        lanes = self._services.renewing_lanes()
        pause = self._holds.lease_seconds / 3
        while True:
            native_sleep(pause)
            holds = [h for h in self._holds.all() if not (h.abandoned or h.lost)]
            if not holds:
                continue
            sent = time.monotonic()
            try:
                states = lanes.renew([Hold(h.session_id, h.fence) for h in holds])
            except (RedisUnavailable, LanesRolledBack) as error:
                log.warning("%d leases could not be renewed: %s", len(holds), error)
            else:
                for hold, state in zip(holds, states, strict=True):
                    _note(hold, state, sent + self._holds.lease_seconds)

    # --- watcher ----------------------------------------------------------------------------------------------

    def _watch_forever(self) -> None:
        idle = threading.Event()
        touched = time.monotonic()
        while True:
            idle.wait(WATCH_SECONDS)
            now = time.monotonic()
            draining = self._drain.hand_on_now()
            for hold in self._holds.all():
                self._watch(hold, now, draining)
                self._flush(hold)
            if now - touched > TOUCH_SECONDS:
                touched = now
                self._touch(now)

    def _watch(self, hold: TurnHold, now: float, draining: bool) -> None:
        if hold.lost or now > hold.lease_until - MARGIN * self._holds.lease_seconds:
            hold.lost = True
            hold.cancel("fence")
        elif hold.cancel_seen:
            hold.cancel("signal")
        elif draining:
            hold.cancel("drain")
        elif now > hold.deadline_at:
            hold.cancel("deadline")
        elif now - hold.progress_at > hold.no_progress_seconds:
            hold.cancel("no-progress")
        if hold.cancelled_at and now - hold.cancelled_at > STUCK_SECONDS and not hold.abandoned:
            self._abandon(hold)

    def _flush(self, hold: TurnHold) -> None:
        try:
            hold.flush_due()
        except StaleFence:
            hold.lost = True

    def _abandon(self, hold: TurnHold) -> None:
        """A turn that does not react loses its lease; the process, whose thread it keeps, drains and goes."""
        hold.abandoned = True
        log.error("run %s does not react to %r; its lease is given up", hold.run_id, hold.token.reason)
        if hold.run_id and hold.token.reason in {"deadline", "no-progress"}:
            turn = RunningTurn(hold.run_id, hold.session_id, hold.fence)
            try:
                self._services.storage.control.abort_turn(turn, hold.token.reason, self._services.clock())
            except StoreUnavailable as error:
                log.warning("the abandoned run is left to the sweep: %s", error)
        if not self._stuck_reported:
            self._stuck_reported = True
            log.error("this worker has a stuck thread: it drains and exits")
            self._drain.exit_after_drain()
            os.kill(self._drain.main_pid, signal.SIGTERM)

    def _touch(self, now: float) -> None:
        old_enough = now - TOUCH_SECONDS
        progressed = [h for h in self._holds.all() if h.progress_dirty and h.run_id and h.started_at < old_enough]
        if not progressed:
            return
        for hold in progressed:
            hold.progress_dirty = False
        try:
            self._services.storage.runs.touch([(h.run_id, h.fence) for h in progressed], self._services.clock())
        except StoreUnavailable as error:
            log.warning("progress of %d runs was not noted: %s", len(progressed), error)

    # --- listener ---------------------------------------------------------------------------------------------

    def _listen_forever(self) -> None:
        for signalled in self._services.cancel_signals():
            if signalled is None:
                continue
            for hold in self._holds.of_session(signalled.session_id, signalled.fence):
                hold.cancel("signal")


def _note(hold: TurnHold, state: HoldState, lease_until: float) -> None:
    if state is HoldState.LOST:
        hold.lost = True
        return
    hold.lease_until = lease_until
    if state is HoldState.CANCELLED:
        hold.cancel_seen = True

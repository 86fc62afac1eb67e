"""Keeps Redis's lanes in step with SQL: submit, ring, sweep, recover.

SQL is the truth. Whatever fails here costs a moment: the sweep finds every session whose unfinished work no lane
knows. This is the one place that decides what Redis being away, emptied or rolled back means.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openclaw.domain.crash_points import CrashPoint, reach
from openclaw.domain.run import RunLimits
from openclaw.errors import LanesRolledBack, RedisUnavailable, StoreUnavailable
from openclaw.ports.clock import Clock
from openclaw.ports.lanes import ClassLimit, Doorbell, Grant, Lanes, LaneWork, TurnLabel
from openclaw.ports.store import ControlStore, OutboxRow, OutboxStore, SweepStore

log = logging.getLogger(__name__)

#: Sessions read per page of the sweep.
SWEEP_PAGE = 500


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What one sweep found lying about."""

    submitted: int = 0
    overdue: int = 0
    conversations: int = 0
    unknown: int = 0


class LaneKeeper:
    """Submits work to lanes and rings for the grants. Thread-safe."""

    def __init__(
        self,
        lanes: Lanes,
        doorbell: Doorbell,
        sweep: SweepStore,
        outbox: OutboxStore,
        control: ControlStore,
        limits: Mapping[str, ClassLimit],
        run_limits: RunLimits,
        clock: Clock,
    ) -> None:
        self._lanes = lanes
        self._doorbell = doorbell
        self._sweep = sweep
        self._outbox = outbox
        self._control = control
        self._limits = dict(limits)
        self._run_limits = run_limits
        self._clock = clock
        #: Decides about a row whose sender died while sending: true when it is sent again. Whoever sends sets it.
        self.recover_row: Callable[[OutboxRow], bool] = lambda _row: False

    def follow(self, limits: Mapping[str, ClassLimit], run_limits: RunLimits) -> None:
        """Go by other limits from now on. Redis being away is no error: opening the lanes sets them again."""
        self._run_limits = run_limits
        if dict(limits) == self._limits:
            return
        self._limits = dict(limits)
        try:
            self.ring(self._lanes.set_limits(dict(self._limits)))
        except (RedisUnavailable, LanesRolledBack) as error:
            log.warning("the lanes' limits will be set later: %s", error)

    def submit(self, work: Sequence[LaneWork], labels: Mapping[int, TurnLabel] | None = None) -> None:
        """Tell the lanes about durable work. Redis being away is no error: the sweep comes back to it.

        ``labels`` by session id save looking up what a doorbell shows.
        """
        if not work:
            return
        try:
            self._submit(work, labels)
        except LanesRolledBack:
            self._recover_and_submit(work)
        except RedisUnavailable as error:
            log.warning("lanes are away; %d sessions wait for the sweep: %s", len(work), error)

    def ring(self, grants: Sequence[Grant], labels: Mapping[int, TurnLabel] | None = None) -> None:
        """Ring for grants. A ring that fails is made up for when the grant runs out."""
        if not grants:
            return
        reach(CrashPoint.SUBMIT_AFTER_LUA)
        try:
            self._doorbell.ring(grants, self._labelled(grants, labels or {}))
        except RedisUnavailable as error:
            log.warning("doorbells could not be rung for %d grants: %s", len(grants), error)
        reach(CrashPoint.RING_AFTER_DOORBELL)

    def _labelled(self, grants: Sequence[Grant], labels: Mapping[int, TurnLabel]) -> Mapping[int, TurnLabel]:
        unknown = [grant.session_id for grant in grants if grant.session_id not in labels]
        if not unknown:
            return labels
        try:
            return {**labels, **self._sweep.turn_labels(unknown)}
        except StoreUnavailable:
            return labels  # a label is for the eye; the turn must not wait for it

    def ring_replies(self, conversations: Sequence[str]) -> None:
        """Ring for the outbox; its rows are durable, so a failure waits for the sweep."""
        if not conversations:
            return
        try:
            self._doorbell.ring_replies(conversations)
        except RedisUnavailable as error:
            log.warning("outbox doorbells could not be rung: %s", error)

    def cancel(self, session_ids: Sequence[int]) -> None:
        """Signal running turns to stop. They also learn it from SQL at their next commit."""
        for session_id in session_ids:
            try:
                self._lanes.cancel(session_id)
            except (RedisUnavailable, LanesRolledBack) as error:
                log.warning("the cancel signal for session %d was not sent: %s", session_id, error)

    def open_lanes(self) -> None:
        """Make sure there is a lane table and that it has this configuration's limits."""
        try:
            if self._lanes.epoch() is None:
                self.recover()
            else:
                self.ring(self._lanes.set_limits(dict(self._limits)))
        except LanesRolledBack:
            self.recover()

    def recover(self) -> None:
        """Start a lane table under a higher epoch after Redis was emptied or went back in time.

        The new table waits one lease before it grants, unless SQL shows that nobody can be running.
        """
        stored = self._lanes.epoch()
        above = self._sweep.lane_epoch() if stored is None else stored
        epoch = self._sweep.raise_lane_epoch(above)
        hold = self._sweep.has_running_runs()
        self._lanes.rebuild(epoch, hold=hold)
        log.warning("lane table rebuilt under epoch %d%s", epoch, ", holding for one lease" if hold else "")
        self.ring(self._lanes.set_limits(dict(self._limits)))

    def tick(self) -> int:
        """One pass of the reaper: expired leases, unserved grants, due work. Milliseconds until the next."""
        try:
            report = self._lanes.tick()
        except LanesRolledBack:
            self.recover()
            return 0
        for hold in report.expired:
            log.warning(
                "session %d: the lease of fence %d ran out; its turn goes on elsewhere", hold.session_id, hold.fence
            )
        for alert in report.alerts:
            log.error(
                "session %d: nobody began its turn (%d times); does a worker serve queue %s?",
                alert.session_id,
                alert.misses,
                alert.queue,
            )
        self.ring(report.grants)
        return report.next_in_ms

    def answer_wait(self, wait_id: str, answer: dict[str, Any]) -> None:
        """Give a parked turn what it waits for; only the first answer counts. Its lane goes on at once, or swept."""
        work = self._control.answer_wait(wait_id, answer, self._clock())
        if work is not None:
            self.ring(self._lanes.resume(work.session_id, work.ordinal, work.lane_class, work.queue))

    def sweep(self) -> SweepReport:
        """Submit what no lane knows, end what is overdue, ring what is due in the outbox."""
        now = self._clock()
        submitted = self._sweep_lanes()
        for wait_id in self._sweep.due_waits(now, SWEEP_PAGE):
            self.answer_wait(wait_id, {"outcome": "due"})
        overdue = self._sweep.overdue_runs(self._run_limits, now, SWEEP_PAGE)
        for turn, reason in overdue:
            log.warning("run %s is past its %s limit and is ended", turn.run_id, reason)
            self._control.abort_turn(turn, reason, now)
            self._lanes.cancel(turn.session_id)
        unknown = [row for row in self._outbox.expire_claims(now, SWEEP_PAGE) if not self.recover_row(row)]
        for row in unknown:
            log.error("outbox row %d: the sender died while sending; the outcome is unknown", row.id)
        conversations = self._outbox.due_conversations(now, SWEEP_PAGE)
        self.ring_replies(conversations)
        return SweepReport(submitted, len(overdue), len(conversations), len(unknown))

    def _sweep_lanes(self) -> int:
        after, submitted = 0, 0
        while page := self._sweep.unfinished_lanes(after, SWEEP_PAGE):
            after = page[-1].session_id
            known = self._lanes.known([work.session_id for work in page])
            # A parked lane is known, but the wake for it may have been lost.
            missing = [work for work, is_known in zip(page, known, strict=True) if work.wake or not is_known]
            if missing:
                self._submit(missing)
                submitted += len(missing)
            if len(page) < SWEEP_PAGE:
                break
        return submitted

    def _submit(self, work: Sequence[LaneWork], labels: Mapping[int, TurnLabel] | None = None) -> None:
        self.ring(self._lanes.submit(work), labels)

    def _recover_and_submit(self, work: Sequence[LaneWork]) -> None:
        try:
            self.recover()
            self._submit(work)
        except (LanesRolledBack, RedisUnavailable) as error:
            log.warning("the lane table could not be rebuilt yet: %s", error)

"""The lane table's rules, as a reference model in plain Python: who may run a session's next turn.

Pure: callers pass the time, in milliseconds since the epoch. The Redis scripts ``lane_*.lua`` are this model's faster
twins; property tests hold them equal, call by call. States and transitions are DESIGN.md section 4.

Invariants: a lane is granted or running exactly when it holds a slot; slots held stay within the limit of their class
unless that was just lowered; fences rise with every grant of the table and are given out once; no call under an old
fence changes anything; a lane with pending work is in the table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from openclaw.domain.lane_entry import (
    DEFAULT_LIMIT,
    DUE_PER_TICK,
    FENCES_PER_EPOCH,
    MAX_BACKOFF_MS,
    TICK_FLOOR_MS,
    TICK_MS,
    Granted,
    Lane,
    Limit,
    Missed,
    Pass,
    Rest,
)
from openclaw.errors import LanesRolledBack


@dataclass(slots=True)
class LaneTable:
    """All lanes of a cluster. Every mutating method raises LanesRolledBack while there is no epoch."""

    lease_ms: int = 15_000
    grant_ms: int = 5_000
    ageing_ms: int = 30_000
    epoch: int | None = None
    lanes: dict[int, Lane] = field(default_factory=dict)
    limits: dict[str, Limit] = field(default_factory=dict)
    hold_until_ms: int = 0
    last_fence: int = 0
    last_stamp: int = 0

    def append(
        self,
        now_ms: int,
        session_id: int,
        *,
        ordinal: int,
        lane_class: str,
        queue: str,
        background: bool | None,
        not_before_ms: int = 0,
        wake: bool = False,
    ) -> str:
        """Record work without granting anything; returns the class to fill when the batch is complete.

        ``background`` is ``None`` for work without a colour of its own, such as the answer to a parked turn.
        """
        self._check()
        lane = self.lanes.get(session_id)
        if lane is None:
            lane = self.lanes[session_id] = Lane(session_id, lane_class, queue, bool(background), ordinal)
            self._settle(now_ms, lane, not_before_ms)
            return lane_class
        newer = ordinal > lane.mark
        lane.mark = max(lane.mark, ordinal)
        lane.queue = queue
        if lane.holds_slot:
            lane.wake = lane.wake or wake
        if lane.state == "running":
            if newer:
                lane.note_later(not_before_ms, background)
            return lane.lane_class
        lane.background = lane.background and background is not False
        if lane.state != "granted":
            lane.lane_class = lane_class
        if lane.state == "waiting":
            self._settle(now_ms, lane, min(lane.due_ms, not_before_ms))
        elif lane.state == "parked" and wake:
            self._enter_ready(lane, self._next_stamp(now_ms))
        return lane.lane_class

    def fill(self, now_ms: int, *lane_classes: str) -> list[Granted]:
        """Grant the free slots of these classes."""
        grants: list[Granted] = []
        for lane_class in dict.fromkeys(lane_classes):
            limit = self.limits.setdefault(lane_class, DEFAULT_LIMIT)
            while now_ms >= self.hold_until_ms and (lane := self._next_lane(now_ms, lane_class, limit)):
                self.last_fence += 1
                lane.fence = self.last_fence
                lane.state, lane.lease_until_ms = "granted", now_ms + self.grant_ms
                grants.append(Granted(lane.session_id, lane.fence, lane.queue))
        return grants

    def begin(self, now_ms: int, session_id: int, fence: int, owner: str) -> bool:
        """Take up a grant; true for the current fence only, once.

        A grant that ran out while its doorbell waited, and was not made anew, may still begin if there is a slot.
        """
        self._check()
        lane = self.lanes.get(session_id)
        if lane is None or lane.fence != fence:
            return False
        if lane.state != "granted" and not self._late_but_free(now_ms, lane):
            return False
        wake = lane.wake
        lane.end_turn(lane.background)
        lane.wake, lane.state, lane.owner, lane.lease_until_ms = wake, "running", owner, now_ms + self.lease_ms
        return True

    def renew(self, now_ms: int, session_id: int, fence: int) -> Literal["held", "lost", "cancelled"]:
        self._check()
        lane = self.lanes.get(session_id)
        if lane is None or lane.state != "running" or lane.fence != fence:
            return "lost"
        lane.lease_until_ms = now_ms + self.lease_ms
        return "cancelled" if lane.cancelled else "held"

    def done(self, now_ms: int, session_id: int, fence: int, rest: Rest) -> list[Granted]:
        """End a turn and give its slot on; no effect under an old fence."""
        self._check()
        lane = self.lanes.get(session_id)
        if lane is None or not lane.holds_slot or lane.fence != fence:
            return []
        due_ms = lane.next_due_ms(rest)
        lane.end_turn(lane.next_background(rest, suspend=False))
        if due_ms is None:
            del self.lanes[session_id]
        else:
            self._settle(now_ms, lane, due_ms)
        return self.fill(now_ms, lane.lane_class)

    def suspend(self, now_ms: int, session_id: int, fence: int, rest: Rest) -> list[Granted]:
        """Park a turn, or make it ready at once when something came for it; work that is left waits behind it."""
        self._check()
        lane = self.lanes.get(session_id)
        if lane is None or lane.state != "running" or lane.fence != fence:
            return []
        woken = lane.wake
        lane.end_turn(lane.next_background(rest, suspend=True))
        if woken:
            self._enter_ready(lane, self._next_stamp(now_ms))
        else:
            lane.state = "parked"
        return self.fill(now_ms, lane.lane_class)

    def cancel(self, session_id: int) -> int | None:
        """Mark the running turn as asked to stop; its fence, or ``None`` when nothing runs.

        A grant that nobody has begun is left alone: its holder decides from SQL, which knows of the abort already.
        """
        self._check()
        lane = self.lanes.get(session_id)
        if lane is None or lane.state != "running":
            return None
        lane.cancelled = True
        return lane.fence

    def set_limits(self, now_ms: int, limits: dict[str, Limit]) -> list[Granted]:
        """Set limits, live: lowering ends nothing, raising fills at once."""
        self._check()
        self.limits.update(limits)
        return self.fill(now_ms, *limits)

    def tick(self, now_ms: int) -> Pass:
        """End expired leases and unserved grants, take what is due, fill every class."""
        self._check()
        expired: list[tuple[int, int]] = []
        missed: list[Missed] = []
        late = [lane for lane in self.lanes.values() if lane.holds_slot and lane.lease_until_ms <= now_ms]
        for lane in sorted(late, key=lambda lane: (lane.lane_class, lane.lease_until_ms, str(lane.session_id))):
            if lane.state == "running":
                expired.append((lane.session_id, lane.fence))
                lane.background = lane.background and lane.later_background is not False
                lane.owner = ""
                self._enter_ready(lane, lane.stamp)  # its old place: before everyone who came later
            else:
                lane.misses += 1
                missed.append(Missed(lane.session_id, lane.queue, lane.misses))
                backoff_ms = min(self.grant_ms * 2 ** (lane.misses - 1), MAX_BACKOFF_MS)
                # One microsecond less: before whoever becomes ready in the same millisecond.
                self._enter_ready(lane, (now_ms + backoff_ms) * 1000 - 1)
        due = [lane for lane in self.lanes.values() if lane.state == "waiting" and lane.due_ms <= now_ms]
        for lane in sorted(due, key=lambda lane: (lane.due_ms, str(lane.session_id)))[:DUE_PER_TICK]:
            self._enter_ready(lane, self._next_stamp(now_ms))
        grants = self.fill(now_ms, *sorted(self.limits))
        return Pass(grants, expired, missed, self._next_in_ms(now_ms))

    def rebuild(self, now_ms: int, epoch: int, *, hold: bool) -> bool:
        """Start a new table under a higher epoch; false when it has this one or a higher one already."""
        if self.epoch is not None and self.epoch >= epoch:
            return False
        self.lanes.clear()
        self.epoch = epoch
        self.last_fence = epoch * FENCES_PER_EPOCH
        self.hold_until_ms = now_ms + self.lease_ms if hold else 0
        return True

    def forget(self) -> None:
        """Become what an emptied server is: no epoch, nothing known."""
        self.lanes.clear()
        self.limits.clear()
        self.epoch = None
        self.hold_until_ms = self.last_fence = self.last_stamp = 0

    def _check(self) -> None:
        if self.epoch is None:
            raise LanesRolledBack("there is no lane table: it was emptied, or is new")

    def _settle(self, now_ms: int, lane: Lane, due_ms: int) -> None:
        if due_ms > now_ms:
            lane.state, lane.due_ms = "waiting", due_ms
        else:
            self._enter_ready(lane, self._next_stamp(now_ms))

    def _enter_ready(self, lane: Lane, stamp: int) -> None:
        lane.state, lane.stamp, lane.lease_until_ms = "ready", stamp, 0

    def _next_stamp(self, now_ms: int) -> int:
        self.last_stamp = max(now_ms * 1000, self.last_stamp + 1)
        return self.last_stamp

    def _horizon(self, now_ms: int) -> int:
        """Places up to here may be granted; a back-off puts a lane beyond it."""
        return max(now_ms * 1000 + 999, self.last_stamp)

    def _next_lane(self, now_ms: int, lane_class: str, limit: Limit) -> Lane | None:
        """Oldest first, interactive before background unless the latter has aged; the reserve holds in any case."""
        holders = [lane for lane in self.lanes.values() if lane.lane_class == lane_class and lane.holds_slot]
        if len(holders) >= limit.concurrency:
            return None
        ready = [
            lane
            for lane in self.lanes.values()
            if lane.lane_class == lane_class and lane.state == "ready" and lane.stamp <= self._horizon(now_ms)
        ]
        ready.sort(key=lambda lane: (lane.stamp, str(lane.session_id)))
        interactive = next((lane for lane in ready if not lane.background), None)
        background = next((lane for lane in ready if lane.background), None)
        if background is None or sum(h.background for h in holders) >= limit.concurrency - limit.reserved:
            return interactive
        aged = now_ms * 1000 - background.stamp > self.ageing_ms * 1000
        if interactive is None or (aged and background.stamp < interactive.stamp):
            return background
        return interactive

    def _late_but_free(self, now_ms: int, lane: Lane) -> bool:
        if lane.state != "ready" or not lane.misses or now_ms < self.hold_until_ms:
            return False
        limit = self.limits.get(lane.lane_class, DEFAULT_LIMIT)
        holders = [h for h in self.lanes.values() if h.lane_class == lane.lane_class and h.holds_slot]
        if len(holders) >= limit.concurrency:
            return False
        return not lane.background or sum(h.background for h in holders) < limit.concurrency - limit.reserved

    def _next_in_ms(self, now_ms: int) -> int:
        times = [now_ms + TICK_MS]
        if self.hold_until_ms > now_ms:
            times.append(self.hold_until_ms)
        horizon = self._horizon(now_ms)
        for lane in self.lanes.values():
            if lane.state == "waiting":
                times.append(lane.due_ms)
            elif lane.holds_slot:
                times.append(lane.lease_until_ms)
            elif lane.state == "ready" and lane.stamp > horizon:
                times.append(-(-lane.stamp // 1000))
        return max(min(times) - now_ms, TICK_FLOOR_MS)

"""The lane engine in this process's memory: the twin of ``RedisLanes`` for tests and dry runs.

A thin, thread-safe adapter over the reference model. It forgets everything with the process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

from openclaw.domain.lane import LaneTable
from openclaw.domain.lane_entry import MAX_EPOCH, Granted, Limit, Rest
from openclaw.ports.clock import Clock
from openclaw.ports.lanes import (
    ClassLimit,
    Grant,
    Hold,
    HoldState,
    LaneAlert,
    LaneState,
    LaneView,
    LaneWork,
    Outlook,
    TickReport,
)


class MemoryLanes:
    """Lanes for one process. ``on_cancel`` is called with session and fence, where Redis would publish them."""

    def __init__(
        self,
        clock: Clock,
        *,
        lease_ms: int = 15_000,
        grant_ms: int = 5_000,
        ageing_ms: int = 30_000,
        on_cancel: Callable[[int, int], None] | None = None,
    ) -> None:
        self._clock = clock
        self._on_cancel = on_cancel
        self._lock = threading.Lock()
        #: Open to tests, which look into it.
        self.table = LaneTable(lease_ms, grant_ms, ageing_ms)

    def submit(self, work: Sequence[LaneWork]) -> list[Grant]:
        with self._lock:
            now = self._clock()
            classes = [
                self.table.append(
                    now,
                    w.session_id,
                    ordinal=w.ordinal,
                    lane_class=w.lane_class,
                    queue=w.queue,
                    background=w.background,
                    not_before_ms=w.not_before_ms,
                    wake=w.wake,
                )
                for w in work
            ]
            return _grants(self.table.fill(now, *classes))

    def begin(self, session_id: int, fence: int, owner: str) -> bool:
        with self._lock:
            return self.table.begin(self._clock(), session_id, fence, owner)

    def renew(self, holds: Sequence[Hold]) -> list[HoldState]:
        with self._lock:
            now = self._clock()
            return [HoldState(self.table.renew(now, hold.session_id, hold.fence)) for hold in holds]

    def done(self, session_id: int, fence: int, outlook: Outlook) -> list[Grant]:
        with self._lock:
            return _grants(self.table.done(self._clock(), session_id, fence, _rest(outlook)))

    def suspend(self, session_id: int, fence: int, outlook: Outlook) -> list[Grant]:
        with self._lock:
            return _grants(self.table.suspend(self._clock(), session_id, fence, _rest(outlook)))

    def resume(self, session_id: int, ordinal: int, lane_class: str, queue: str) -> list[Grant]:
        with self._lock:
            now = self._clock()
            to_fill = self.table.append(
                now, session_id, ordinal=ordinal, lane_class=lane_class, queue=queue, background=None, wake=True
            )
            return _grants(self.table.fill(now, to_fill))

    def cancel(self, session_id: int) -> None:
        with self._lock:
            fence = self.table.cancel(session_id)
        if fence is not None and self._on_cancel is not None:
            self._on_cancel(session_id, fence)

    def tick(self) -> TickReport:
        with self._lock:
            report = self.table.tick(self._clock())
        return TickReport(
            grants=tuple(_grants(report.grants)),
            expired=tuple(Hold(*pair) for pair in report.expired),
            alerts=tuple(LaneAlert(*missed) for missed in report.missed),
            next_in_ms=report.next_in_ms,
        )

    def set_limits(self, limits: dict[str, ClassLimit]) -> list[Grant]:
        rules = {name: Limit(limit.concurrency, limit.reserved_interactive) for name, limit in limits.items()}
        if not rules:
            return []
        with self._lock:
            return _grants(self.table.set_limits(self._clock(), rules))

    def view(self, session_ids: Sequence[int]) -> list[LaneView]:
        with self._lock:
            return [self._view(session_id) for session_id in session_ids]

    def known(self, session_ids: Sequence[int]) -> list[bool]:
        with self._lock:
            return [session_id in self.table.lanes for session_id in session_ids]

    def rebuild(self, epoch: int, *, hold: bool = True) -> None:
        """Start a new table. No effect when this epoch or a higher one is there already.

        Raises ValueError for an epoch that is out of range.
        """
        if not 0 < epoch <= MAX_EPOCH:
            raise ValueError(f"epoch {epoch} is not between 1 and {MAX_EPOCH}")
        with self._lock:
            self.table.rebuild(self._clock(), epoch, hold=hold)

    def epoch(self) -> int | None:
        with self._lock:
            return self.table.epoch

    def _view(self, session_id: int) -> LaneView:
        lane = self.table.lanes.get(session_id)
        if lane is None:
            return LaneView(session_id, LaneState.IDLE, 0, "", 0, 0, 0)
        return LaneView(
            session_id,
            LaneState(lane.state),
            lane.fence,
            lane.owner,
            lane.lease_until_ms,
            lane.mark,
            lane.misses,
        )


def _rest(outlook: Outlook) -> Rest:
    return Rest(outlook.seen_ordinal, outlook.more, outlook.not_before_ms, outlook.background)


def _grants(granted: Iterable[Granted]) -> list[Grant]:
    return [Grant(*grant) for grant in granted]

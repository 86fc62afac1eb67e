"""What lies about: work that no lane knows, waits and runs past their time, the lane epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from openclaw.domain.run import RunLimits
from openclaw.ports.lanes import LaneWork, TurnLabel
from openclaw.ports.store.intake import RunningTurn


class SweepStore(Protocol):
    def unfinished_lanes(self, after_session_id: int, limit: int) -> list[LaneWork]:
        """Sessions with unfinished messages or open, unsuspended runs, by rising id."""
        ...

    def turn_labels(self, session_ids: Sequence[int]) -> dict[int, TurnLabel]:
        """The session key and the open or next run of each session that has work."""
        ...

    def due_waits(self, now_ms: int, limit: int) -> list[str]:
        """Ids of waits that answer themselves by now."""
        ...

    def overdue_runs(self, limits: RunLimits, now_ms: int, limit: int) -> list[tuple[RunningTurn, str]]:
        """Running turns past a deadline, with ``deadline`` or ``no-progress``."""
        ...

    def has_running_runs(self) -> bool:
        """Whether any run is in flight; without one, a new lane table need not wait for old holders."""
        ...

    def lane_epoch(self) -> int: ...

    def raise_lane_epoch(self, above: int) -> int:
        """Make the epoch higher than ``above``, once however many callers ask; the epoch now."""
        ...

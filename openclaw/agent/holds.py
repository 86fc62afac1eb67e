"""The turns that this process is running: their lease, their progress, and how to stop them.

The renewing thread and the watching thread work on this register; a turn only ever touches its own ``TurnHold``.
Fields are single words written by one side and read by the other, so no lock is needed, native threads or greenlets.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from openclaw.domain.run import RunLimits
from openclaw.ports.cancel import CancelToken

Monotonic = Callable[[], float]


@dataclass(slots=True)
class TurnHold:
    """One running turn. Times in seconds of the monotonic clock."""

    session_id: int
    fence: int
    #: The lease is certainly ours until then; extended by each renewal from the moment it was *sent*.
    lease_until: float
    started_at: float
    #: When the run must be over, whatever it does.
    deadline_at: float
    progress_at: float
    #: Ended when it shows no progress for this long.
    no_progress_seconds: float
    token: CancelToken = field(default_factory=CancelToken)
    run_id: str = ""
    #: Set by the renewing thread; the watching thread turns it into a cancel on the turn's own side.
    lost: bool = False
    cancel_seen: bool = False
    #: When the turn was cancelled; one that does not end soon after is stuck.
    cancelled_at: float = 0.0
    #: The renewing thread no longer renews it.
    abandoned: bool = False
    #: Sends text that has waited long enough; the watcher calls it while the model is silent.
    flush_due: Callable[[], None] = lambda: None
    #: Progress to be written to SQL since the last time it was.
    progress_dirty: bool = False

    def progressed(self, now: float | None = None) -> None:
        """Note a token, a tool event or a committed step."""
        self.progress_at = time.monotonic() if now is None else now
        self.progress_dirty = True

    def cancel(self, reason: str) -> None:
        """Stop the turn; the first reason counts."""
        if not self.token.cancelled:
            self.cancelled_at = time.monotonic()
            self.token.cancel(reason)


class HoldRegister:
    """All running turns of the process."""

    def __init__(self, lease_seconds: float, limits: Callable[[], RunLimits]) -> None:
        self.lease_seconds = lease_seconds
        self._limits = limits
        self._holds: dict[tuple[int, int], TurnHold] = {}
        #: Called with each new hold, on the turn's thread: starts the renewing thread when it is the first.
        self.on_open: Callable[[], None] = lambda: None

    def open(self, session_id: int, fence: int) -> TurnHold:
        """Register a turn just before it begins; its lease counts from now."""
        now, limits = time.monotonic(), self._limits()
        hold = TurnHold(
            session_id=session_id,
            fence=fence,
            lease_until=now + self.lease_seconds,
            started_at=now,
            deadline_at=now + limits.total_seconds,
            progress_at=now,
            no_progress_seconds=limits.no_progress_seconds,
        )
        self._holds[(session_id, fence)] = hold
        self.on_open()
        return hold

    def close(self, hold: TurnHold) -> None:
        self._holds.pop((hold.session_id, hold.fence), None)

    def all(self) -> list[TurnHold]:
        return list(self._holds.values())

    def of_session(self, session_id: int, fence: int | None = None) -> list[TurnHold]:
        return [h for h in self.all() if h.session_id == session_id and fence in (None, h.fence)]

    def __len__(self) -> int:
        return len(self._holds)

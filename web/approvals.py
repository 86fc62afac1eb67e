"""Those who wait at this gateway for a decision about an approval, without a thread of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from openclaw.intake.approval_desk import RESOLVED

Told = Callable[[], None]


class ApprovalWaits:
    """Who waits for which request. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, list[Told]] = {}

    def wait(self, approval_id: str, told: Told) -> Callable[[], bool]:
        """Be told once when the request has ended; the returned function takes that back, false if it was too late."""
        with self._lock:
            self._waiting.setdefault(approval_id, []).append(told)
        return lambda: self._leave(approval_id, told)

    def heard(self, event: str, payload: dict[str, Any]) -> None:
        """Take an event that goes to every gateway."""
        if event != RESOLVED:
            return
        with self._lock:
            waiting = self._waiting.pop(str(payload.get("id")), [])
        for told in waiting:
            told()

    def _leave(self, approval_id: str, told: Told) -> bool:
        with self._lock:
            waiting = self._waiting.get(approval_id, [])
            if told not in waiting:
                return False
            waiting.remove(told)
            if not waiting:
                del self._waiting[approval_id]
            return True

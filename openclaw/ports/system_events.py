"""System events in the database: posted once, heard by one turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from openclaw.domain.system_events import NewSystemEvent, SystemEvent


@dataclass(frozen=True, slots=True)
class OwedWake:
    """A session that is owed a turn for events that nobody has heard; ``event_id`` is the newest of them."""

    session_id: int
    session_key: str
    event_id: int


class SystemEventStore(Protocol):
    """Taking events is part of ``RunStore.claim``."""

    def post(self, event: NewSystemEvent, now_ms: int) -> bool:
        """Queue an event for its session's next turn; false when its key was posted before."""
        ...

    def queued(self, session_key: str, limit: int) -> list[SystemEvent]:
        """The newest events that no turn has heard, oldest first."""
        ...

    def owed_wakes(self, limit: int, session_key: str | None = None) -> list[OwedWake]:
        """Sessions that are owed a turn, or this one if it is."""
        ...

    def wake_asked(self, wake: OwedWake) -> None:
        """Note that the turn has been asked for."""
        ...

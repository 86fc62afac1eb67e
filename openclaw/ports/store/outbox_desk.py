"""What operators see of the outbox, and what they decide about its rows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from openclaw.domain.envelope import ReplyRoute

#: In the order of a row's life.
OUTBOX_STATES = ("making", "pending", "sending", "sent", "failed", "unknown")


@dataclass(frozen=True, slots=True)
class OutboxView:
    """One row."""

    id: int
    state: str
    run_id: str
    route: ReplyRoute
    text: str
    attempts: int
    provider_message_id: str
    #: What the platform said last.
    error: str
    created_at_ms: int
    due_at_ms: int
    #: 0 while it is open.
    ended_at_ms: int


class OutboxDeskStore(Protocol):
    def rows(self, states: Collection[str], channel: str, before: int | None, limit: int) -> list[OutboxView]:
        """Rows in these states, the newest first and older than ``before``; of one channel unless that is empty."""
        ...

    def row(self, row_id: int) -> OutboxView | None: ...

    def reopen(self, row_id: int, now_ms: int) -> bool:
        """Make a row that waits, failed or is unknown due now, with all its attempts; false for any other."""
        ...

    def drop(self, row_id: int, error: str, now_ms: int) -> bool:
        """End a row that waits or is unknown as failed; false for any other."""
        ...

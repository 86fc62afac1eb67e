"""What operators decide about rows of the outbox: send again, or never."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from openclaw.errors import InvalidRequest, NotFound
from openclaw.ports.clock import Clock
from openclaw.ports.store.outbox_desk import OutboxDeskStore, OutboxView

#: What a row says that an operator has dropped.
DROPPED = "dropped by an operator"


class OutboxDesk:
    """Thread-safe. ``ring`` wakes the senders of conversations."""

    def __init__(self, store: OutboxDeskStore, ring: Callable[[Sequence[str]], object], clock: Clock) -> None:
        self._store = store
        self._ring = ring
        self._clock = clock

    def rows(self, states: Collection[str], channel: str, before: int | None, limit: int) -> list[OutboxView]:
        """Rows in these states, the newest first and older than ``before``; of one channel unless that is empty."""
        return self._store.rows(states, channel, before, limit)

    def row(self, row_id: int) -> OutboxView:
        """One row. Raises NotFound."""
        found = self._store.row(row_id)
        if found is None:
            raise NotFound(f"there is no outbox row {row_id}")
        return found

    def retry(self, row_id: int) -> OutboxView:
        """Send it now, though it may arrive a second time. Raises NotFound, or InvalidRequest for one that left."""
        found = self.row(row_id)
        if not self._store.reopen(row_id, self._clock()):
            raise InvalidRequest(f"outbox row {row_id} is {found.state}: it cannot be sent again")
        self._ring([found.route.conversation])
        return self.row(row_id)

    def drop(self, row_id: int) -> OutboxView:
        """Never send it. Raises NotFound, or InvalidRequest for one that is over or being sent."""
        found = self.row(row_id)
        # What the platform said last is why it was dropped.
        if not self._store.drop(row_id, f"{DROPPED}; {found.error}" if found.error else DROPPED, self._clock()):
            raise InvalidRequest(f"outbox row {row_id} is {found.state}: it cannot be dropped")
        # Those behind it need not wait any more.
        self._ring([found.route.conversation])
        return self.row(row_id)

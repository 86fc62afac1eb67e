"""The connections of this process that have said hello, and sending one event to all who may have it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from web.ws.frames import encode_event_head
from web.ws.payloads import Emission
from web.ws.sending import OutgoingEvent

if TYPE_CHECKING:
    from web.ws.connection import Connection


def outgoing(emission: Emission) -> OutgoingEvent:
    """Encode an event once for everybody."""
    payload = emission.payload
    replacing = emission.replacing
    run_id = str(payload.get("runId", ""))
    return OutgoingEvent(
        name=emission.event,
        head=encode_event_head(emission.event, payload),
        session_key=str(payload.get("sessionKey", "")),
        run_id=run_id,
        capability=emission.capability,
        delta_key=f"{emission.event}:{run_id}:{emission.item}" if replacing else "",
        make_replacement=(lambda: encode_event_head(emission.event, replacing())) if replacing else None,
    )


class Hub:
    """Thread-safe. Reading the connections never waits for a writer."""

    def __init__(self, on_sent: Callable[[int], None]) -> None:
        self._on_sent = on_sent
        self._lock = threading.Lock()
        self._connections: dict[str, Connection] = {}
        self._listed: tuple[Connection, ...] | None = ()

    def add(self, connection: Connection) -> None:
        with self._lock:
            self._connections[connection.id] = connection
            self._listed = None

    def remove(self, connection: Connection) -> bool:
        """Forget a connection; false when it was not there."""
        with self._lock:
            self._listed = None
            return self._connections.pop(connection.id, None) is not None

    @property
    def connections(self) -> tuple[Connection, ...]:
        listed = self._listed
        if listed is None:
            with self._lock:
                listed = self._listed = tuple(self._connections.values())
        return listed

    def broadcast(self, event: OutgoingEvent) -> None:
        """Queue an event for every connection that may receive it."""
        self._on_sent(sum(connection.offer(event) for connection in self.connections))

    def announce(
        self,
        event: str,
        payload: dict[str, Any],
        *,
        session_key: str = "",
        state_version: dict[str, int] | None = None,
    ) -> None:
        """Encode and broadcast an event that belongs to no run."""
        head = encode_event_head(event, payload, state_version)
        self.broadcast(OutgoingEvent(event, head, session_key=session_key))

"""Messages that could not be stored yet: IRC gives none a second time, so they wait here, in order.

The reading thread goes on meanwhile and answers the server. Whoever waits too long, or is one too many, ends the
connection: going on would lose messages without a word.
"""

from __future__ import annotations

from collections import deque

from openclaw.channels.irc.limits import MAX_WAITING, MAX_WAITING_SECONDS
from openclaw.domain.envelope import InboundEnvelope
from openclaw.errors import Unavailable
from openclaw.ports.channel_connection import Inbox


class Backlog:
    """For one thread; times are of a clock that the caller reads, in seconds."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._waiting: deque[InboundEnvelope] = deque()
        self._since = 0.0

    def __len__(self) -> int:
        return len(self._waiting)

    def store(self, envelope: InboundEnvelope, now: float) -> None:
        """Store a message behind those that wait. Raises Unavailable when too many or for too long have waited."""
        if not self._waiting:
            self._since = now
        self._waiting.append(envelope)
        self.flush(now)

    def flush(self, now: float) -> None:
        """Store what waits, as far as it can be. Raises as ``store`` does."""
        try:
            while self._waiting:
                self._inbox.accept(self._waiting[0])
                self._waiting.popleft()
        except Unavailable:
            if len(self._waiting) > MAX_WAITING or now - self._since > MAX_WAITING_SECONDS:
                raise

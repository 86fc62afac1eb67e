"""Messages that an operator sends to somebody on a channel: through the outbox, like every reply.

The caller's key makes a message one: whoever asks again, after a crash or at another gateway, finds the first one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.run import FencedRun
from openclaw.errors import InvalidRequest
from openclaw.ports.channel import ChannelCapabilities
from openclaw.ports.clock import Clock
from openclaw.ports.store import OutboxFile, OutboxStore
from openclaw.reply.plan import chunks_for


@dataclass(frozen=True, slots=True)
class Posting:
    """A message that is in the outbox."""

    key: str
    chunks: int


@dataclass(frozen=True, slots=True)
class PostingState:
    """How it stands with it. ``unknown``: the sender died while sending, and sending again may double it."""

    state: Literal["open", "sent", "failed", "unknown"]
    #: What the platform calls its last part.
    message_id: str = ""
    error: str = ""


class Messenger:
    """Thread-safe. ``ring`` wakes the senders of conversations."""

    def __init__(self, outbox: OutboxStore, ring: Callable[[list[str]], None], clock: Clock) -> None:
        self._outbox = outbox
        self._ring = ring
        self._clock = clock

    def post(self, route: ReplyRoute, text: str, capabilities: ChannelCapabilities, key: str) -> Posting:
        """Put a message into the outbox, once per key. Raises InvalidRequest for the key of another message."""
        chunks = chunks_for(text, capabilities)
        posting = Posting(f"send:{key}", len(chunks))
        if self._outbox.enqueue_chunks(route, chunks, posting.key, self._clock()):
            self._ring([route.conversation])
            return posting
        stored = self._outbox.outcomes(posting.key, len(chunks))
        if [(part.route.conversation, part.text) for part in stored] != [(route.conversation, c) for c in chunks]:
            raise InvalidRequest("the idempotency key was used for another message")
        return posting

    def post_in_run(
        self, run: FencedRun, route: ReplyRoute, text: str, capabilities: ChannelCapabilities, key: str
    ) -> int:
        """Put what an agent's turn says into the outbox, once per key; in how many parts. Raises StaleFence."""
        chunks = chunks_for(text, capabilities)
        if self._outbox.enqueue_in_run(run, route, chunks, key, self._clock()):
            self._ring([route.conversation])
        return len(chunks)

    def post_file_in_run(self, run: FencedRun, route: ReplyRoute, file: OutboxFile, key: str) -> None:
        """Put a file that a turn has made into the outbox, once per key. Raises StaleFence."""
        if self._outbox.enqueue_file_in_run(run, route, file, "", key, self._clock()):
            self._ring([route.conversation])

    def state(self, posting: Posting) -> PostingState:
        """How it stands with a message now."""
        parts = self._outbox.outcomes(posting.key, posting.chunks)
        for part in parts:
            if part.state == "failed":
                return PostingState("failed", error=part.error)
            if part.state == "unknown":
                return PostingState("unknown", error=part.error)
        if all(part.state == "sent" for part in parts):
            return PostingState("sent", parts[-1].provider_message_id)
        return PostingState("open")

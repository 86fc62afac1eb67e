"""Sessions and their conversations, read a page at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.run import Usage
from openclaw.domain.transcript import Message


@dataclass(frozen=True, slots=True)
class SessionView:
    """One row of the session list."""

    id: int
    session_key: str
    session_uuid: str
    agent_id: str
    lane_class: str
    kind: str
    channel: str
    display_name: str
    settings: dict[str, Any]
    usage: Usage
    model: str
    last_ordinal: int
    pending: int
    active_run_id: str
    created_at_ms: int
    updated_at_ms: int


@dataclass(frozen=True, slots=True)
class TranscriptEntry:
    """One stored message."""

    seq: int
    id: str
    message: Message
    run_id: str
    created_at_ms: int
    #: For user messages: idempotency key, sender; for assistant messages: provider, model, usage, stop reason.
    facts: dict[str, Any] = field(default_factory=dict)


class SessionQueries(Protocol):
    def said(self, session_key: str, run_id: str) -> list[Message]:
        """What the assistant has said in a run that is going on or has just ended, oldest first."""
        ...

    def list_sessions(
        self, *, agent_id: str | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[list[SessionView], int]:
        """Most recently updated first, with the total count; those that were put away are left out."""
        ...

    def busy_sessions(self, *, limit: int = 200) -> list[SessionView]:
        """Sessions with unfinished messages, most recently updated first."""
        ...

    def session(self, session_key: str) -> SessionView | None: ...

    def history(
        self, session_key: str, *, limit: int = 200, before_seq: int | None = None
    ) -> tuple[list[TranscriptEntry], int]:
        """The newest ``limit`` entries of the current conversation, oldest first, and how many there are in all."""
        ...

    def last_route(self, session_key: str) -> ReplyRoute | None:
        """Where the newest message that came from a channel is answered; ``None`` when there is none, or not lately."""
        ...

    def pending(self, session_key: str, limit: int = 50) -> list[dict[str, Any]]:
        """Unfinished messages: run_id, ordinal, text, mode, accepted_at_ms."""
        ...

    def counts(self) -> dict[str, int]:
        """Small totals for ``status``: sessions, pending, running, outbox_due, outbox_unknown."""
        ...

    def check(self) -> None:
        """One cheap round trip; raises StoreUnavailable."""
        ...

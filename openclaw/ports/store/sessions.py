"""Sessions and their conversations, read a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

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
    #: A name that operators gave it.
    label: str = ""
    archived: bool = False
    pinned: bool = False
    #: The session that made this one.
    parent_key: str = ""
    #: What the conversation weighed when a model was last asked, in tokens.
    context_tokens: int = 0
    #: How often it was compacted.
    compactions: int = 0


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """Which sessions a list shows; what is not set does not narrow it."""

    agent_ids: tuple[str, ...] | None = None
    label: str | None = None
    parent_key: str | None = None
    #: Part of the key, the label or the display name, in any case.
    search: str = ""
    updated_since_ms: int = 0
    #: Whether those that were put away are shown, alone or among the others.
    archived: Literal["no", "only", "all"] = "no"


@dataclass(frozen=True, slots=True)
class SessionGlimpse:
    """The words at both ends of a session's current conversation; empty where an end is a tool's."""

    first_said: str = ""
    last_said: str = ""


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


#: What a list shows when nothing is asked for.
EVERY_SHOWN = SessionFilter()


class SessionQueries(Protocol):
    def said(self, session_key: str, run_id: str) -> list[Message]:
        """What the assistant has said in a run that is going on or has just ended, oldest first."""
        ...

    def list_sessions(
        self, wanted: SessionFilter = EVERY_SHOWN, *, limit: int = 50, offset: int = 0
    ) -> tuple[list[SessionView], int]:
        """Most recently updated first, with how many there are in all."""
        ...

    def by_ids(self, session_ids: Sequence[int]) -> list[SessionView]:
        """Sessions by their numbers; those that were deleted are left out."""
        ...

    def glimpses(self, session_ids: Sequence[int]) -> dict[int, SessionGlimpse]:
        """What the first person said in each session's conversation, and what was said last."""
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

    def since(self, session_key: str, session_uuid: str, after_seq: int, limit: int) -> list[TranscriptEntry] | None:
        """The first ``limit`` entries behind ``after_seq``; ``None`` when that is not the current conversation."""
        ...

    def last_route(self, session_key: str) -> ReplyRoute | None:
        """Where the newest message that came from a channel is answered; ``None`` when there is none, or not lately."""
        ...

    def pending(self, session_key: str, limit: int = 50, before: int | None = None) -> list[dict[str, Any]]:
        """The newest unfinished messages, in their order: id, run_id, ordinal, text, mode, accepted_at_ms.

        With ``before``, those of lower ordinals.
        """
        ...

    def counts(self) -> dict[str, int]:
        """Small totals for ``status``: sessions, pending, running, outbox_due, outbox_unknown, outbox_failed."""
        ...

    def check(self) -> None:
        """One cheap round trip; raises StoreUnavailable."""
        ...

"""Replies on their way to channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.run import FencedRun


@dataclass(frozen=True, slots=True)
class OutboxFile:
    """A file that leaves with a chunk; what it holds is kept with the other files."""

    id: str
    mime: str
    name: str
    #: As a voice note, where the platform knows a difference.
    voice_note: bool = False


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One chunk that is claimed for sending."""

    id: int
    run_id: str
    route: ReplyRoute
    text: str
    #: Counts from 1; every claim of the row is an attempt.
    attempts: int
    claim_token: str
    created_at_ms: int
    #: Labels, and what each says when it is pressed.
    buttons: tuple[tuple[str, str], ...] = ()
    file: OutboxFile | None = None
    #: The platform's id of a message of ours that this text takes the place of; empty for a message of its own.
    edits: str = ""


@dataclass(frozen=True, slots=True)
class OutboxHead:
    """The row of a conversation that is to leave next."""

    id: int
    route: ReplyRoute
    due_at_ms: int


@dataclass(frozen=True, slots=True)
class OutboxOutcome:
    """How it stands with one chunk: ``pending``, ``sending``, ``sent``, ``failed`` or ``unknown``."""

    state: str
    route: ReplyRoute
    text: str
    provider_message_id: str
    error: str


class OutboxStore(Protocol):
    def claim_next(self, conversation: str, now_ms: int, claim_ms: int) -> OutboxRow | None:
        """Claim the conversation's oldest open row if it is due; never past an earlier open one."""
        ...

    def mark_sent(self, row: OutboxRow, provider_message_id: str, now_ms: int) -> bool: ...

    def mark_retry(self, row: OutboxRow, error: str, due_at_ms: int) -> bool: ...

    def head(self, conversation: str) -> OutboxHead | None:
        """The conversation's oldest open row; ``None`` when there is none, or it cannot be claimed now or later."""
        ...

    def postpone(self, head: OutboxHead, due_at_ms: int) -> None:
        """Let a row that nobody has claimed be due later."""
        ...

    def mark_ended(self, row: OutboxRow, state: str, error: str, now_ms: int) -> bool:
        """End a row as ``failed`` or ``unknown``."""
        ...

    def due_conversations(self, now_ms: int, limit: int) -> list[str]: ...

    def enqueue_notice(
        self, route: ReplyRoute, text: str, key: str, now_ms: int, buttons: Sequence[tuple[str, str]] = ()
    ) -> bool:
        """Put a line that belongs to no run into the outbox; false when ``key`` was used before."""
        ...

    def was_said(self, key: str) -> bool:
        """Whether a notice of this key was put into the outbox before."""
        ...

    def enqueue_chunks(self, route: ReplyRoute, chunks: Sequence[str], key: str, now_ms: int) -> bool:
        """Put a message that belongs to no run into the outbox, chunk by chunk; false when ``key`` was used before."""
        ...

    def enqueue_in_run(self, run: FencedRun, route: ReplyRoute, chunks: Sequence[str], key: str, now_ms: int) -> bool:
        """As ``enqueue_chunks``, in the name of a run and only under its fence. Raises StaleFence."""
        ...

    def enqueue_file_in_run(
        self, run: FencedRun, route: ReplyRoute, file: OutboxFile, text: str, key: str, now_ms: int
    ) -> bool:
        """A file, with words below it that may be empty; the rest as ``enqueue_in_run``. Raises StaleFence."""
        ...

    def outcomes(self, key: str, chunks: int) -> list[OutboxOutcome]:
        """How it stands with the chunks of ``enqueue_chunks``, in their order."""
        ...

    def expire_claims(self, now_ms: int, limit: int) -> list[OutboxRow]:
        """Claims that ran out while sending: they become ``unknown`` and are returned; edits are due again."""
        ...

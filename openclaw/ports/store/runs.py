"""A turn: claimed, committed step by step, parked, finished; every write under its fence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.run import RunStatus, StepKind, StepStatus, Usage
from openclaw.domain.speech import Speech
from openclaw.domain.transcript import Message
from openclaw.ports.lanes import Outlook


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A step as stored. ``payload`` is the tool call for tool steps, the call's facts for model steps."""

    index: int
    kind: StepKind
    status: StepStatus
    fence: int
    call_id: str = ""
    name: str = ""
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wait:
    """What a suspended run waits for: a person, a child or a timer."""

    id: str
    kind: str
    call_id: str
    payload: dict[str, Any] = field(default_factory=dict)
    #: When it answers itself (timer, expiry); 0 for never.
    due_at_ms: int = 0
    answer: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ContextMark:
    """What the conversation weighed when a model was last asked, in tokens, and up to which entry."""

    tokens: int = 0
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """A turn that this fence may run."""

    run_id: str
    session_id: int
    session_key: str
    #: The conversation's id on the wire; changes with /new and /reset.
    session_uuid: str
    agent_id: str
    lane_class: str
    fence: int
    #: Counts from 1; every claim of the run is an attempt.
    attempt: int
    #: Attempts in a row that committed no step, this one not counted.
    barren_attempts: int
    resumed: bool
    created_at_ms: int
    started_at_ms: int
    route: ReplyRoute
    options: dict[str, Any]
    #: The conversation so far, this turn's user message and committed steps included, oldest first.
    history: tuple[Message, ...]
    steps: tuple[StepRecord, ...]
    usage: Usage
    context: ContextMark = ContextMark()
    #: The auth profile that the session stays with, see ``domain.auth_order``; empty for none.
    auth_pin: str = ""
    #: Run ids promised to other messages that were merged into this turn.
    merged_run_ids: tuple[str, ...] = ()
    #: The message that shows the answer in the making; the reply takes its place.
    preview_id: str = ""
    #: Set when someone asked to abort the run before it was claimed.
    abort_reason: str = ""
    #: The wait of a run that was suspended, answered or cancelled by now.
    wait: Wait | None = None
    #: Queue mode and counts for ``session_status``.
    session: dict[str, Any] = field(default_factory=dict)
    #: The config version that the run began under; ``None`` for one that was never stored.
    config_version: int | None = None
    #: Whether it was the owner who wrote, through a client of his.
    is_owner: bool = False
    #: Who wrote, as the platform's id; empty for the owner, and where nobody did.
    sender: str = ""


@dataclass(frozen=True, slots=True)
class NoWork:
    """There was nothing to run under this grant; the lane ends with this outlook."""

    outlook: Outlook
    #: The session's last finished run: a crash may have swallowed its end event.
    finished_run_id: str = ""
    #: The session's run is suspended and its wait is open: the lane is to be parked.
    parked: bool = False


@dataclass(frozen=True, slots=True)
class Compaction:
    """The older part of a conversation, replaced by a summary. Sizes in tokens."""

    summary: str
    #: From this entry on the conversation stays as it is.
    first_kept_seq: int
    tokens_before: int
    tokens_after: int


@dataclass(frozen=True, slots=True)
class ReplyChunk:
    """One row of the outbox."""

    text: str
    reply_index: int = 0
    chunk_index: int = 0
    #: What is spoken in place of a text; it is made before the row leaves.
    speech: Speech | None = None
    #: The platform's id of the message that it quotes; empty for what the route says.
    reply_to: str = ""
    #: It leaves no sooner than so long after it was written.
    delay_ms: int = 0


@dataclass(frozen=True, slots=True)
class Charge:
    """What a model call is paid from."""

    #: What the call held; empty for one that held nothing.
    hold_id: str
    #: Accounts and windows.
    places: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RunChanges:
    """One commit of a running turn."""

    messages: tuple[Message, ...] = ()
    finished: tuple[StepRecord, ...] = ()
    started: tuple[StepRecord, ...] = ()
    #: Added to the run's and the session's totals.
    usage: Usage = field(default_factory=Usage)
    #: What the conversation weighs with these messages, when the vendor has said so; 0 otherwise.
    context_tokens: int = 0
    #: The auth profile that the session stays with from now on; empty leaves it as it was, a compaction ends it.
    auth_pin: str = ""
    #: Comes alone, without messages.
    compaction: Compaction | None = None
    #: Where the usage is charged, besides the run and the session.
    charge: Charge | None = None
    #: What the channel is told of these steps, besides the reply. Two of the same indexes are the same.
    notes: tuple[ReplyChunk, ...] = ()


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit found beside its own changes."""

    #: The place of the last of its own messages; the steers follow it.
    last_seq: int = 0

    #: User messages of steers taken into the transcript by this commit, in order.
    steers: tuple[Message, ...] = ()
    steered_run_ids: tuple[str, ...] = ()
    #: Those of them that end with this run; a steer-backlog still has a turn of its own before it.
    joined_run_ids: tuple[str, ...] = ()
    #: Set when someone asked to abort the run.
    abort_reason: str = ""


@dataclass(frozen=True, slots=True)
class FinishRequest:
    """How a turn ends."""

    status: RunStatus
    stop_reason: str
    changes: RunChanges
    replies: tuple[ReplyChunk, ...] = ()
    provider: str = ""
    model: str = ""
    error: str = ""
    error_kind: str = ""
    #: The whole reply, or what was shown of it.
    text: str = ""
    now_ms: int = 0


@dataclass(frozen=True, slots=True)
class Finished:
    """The turn is over."""

    outlook: Outlook
    merged_run_ids: tuple[str, ...] = ()
    #: Where replies were put into the outbox, empty when none were.
    conversation: str = ""
    #: Of all steps of the run.
    usage: Usage = field(default_factory=Usage)
    #: True when another session is owed a turn that shall hear of this end.
    owes_wake: bool = False


class RunStore(Protocol):
    def claim(self, session_id: int, fence: int, host: str, now_ms: int, *, config_version: int = 0) -> Claim | NoWork:
        """Raise the session's fence and take up its open run, or make one of its unfinished messages.

        A run that is made remembers ``config_version``; one that is taken up keeps its own.
        Raises StaleFence when the session has a higher fence, LanesRolledBack when it has this very one already.
        """
        ...

    def commit(self, claim: Claim, changes: RunChanges, now_ms: int) -> Committed:
        """Write steps and messages, and take in the steers that arrived meanwhile."""
        ...

    def say(self, claim: Claim, step: StepRecord, chunks: Sequence[ReplyChunk], now_ms: int) -> None:
        """Send part of what a step says before it is finished, and store the step, which remembers it.

        Two chunks of the same step and indexes are the same. Takes in no steers. Raises StaleFence.
        """
        ...

    def note_preview(self, claim: Claim, message_id: str) -> bool:
        """Store the message that the first reply of the turn takes the place of; false when the turn is over."""
        ...

    def finish(self, claim: Claim, request: FinishRequest) -> Finished | Committed:
        """End the turn. A successful one that finds steers waiting commits and goes on instead: ``Committed``."""
        ...

    def suspend(self, claim: Claim, changes: RunChanges, wait: Wait, now_ms: int) -> Outlook | None:
        """Park the run; ``None`` (and still running) when the wait is answered already or a steer is waiting.

        ``None`` too when the run was aborted. The changes are written in every case. An answer that came before its
        wait was stored is what ``wait`` then shows.
        """
        ...

    def wait(self, wait_id: str) -> Wait | None:
        """A wait as it stands, ``None`` when it was never stored."""
        ...

    def touch(self, runs: Sequence[tuple[str, int]], now_ms: int) -> None:
        """Note progress of (run id, fence) pairs, for the no-progress deadline. Best effort."""
        ...

"""The database's contract: one method is one transaction, and no transaction spans a network call.

Every write of a run first locks its session row and checks ``fence``: StaleFence means that another holder has
claimed the lane since, and nothing was written. Every method raises StoreUnavailable when the database is away.
Times are milliseconds since the epoch, UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from openclaw.domain.envelope import InboundEnvelope, ReplyRoute
from openclaw.domain.queue_mode import QueueMode, QueueSettings
from openclaw.domain.run import Disposition, RunLimits, RunStatus, StepKind, StepStatus, Usage
from openclaw.domain.transcript import Message
from openclaw.ports.lanes import LaneWork, Outlook, TurnLabel

# --- intake ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AcceptRequest:
    """A routed message, ready to be made durable."""

    envelope: InboundEnvelope
    session_key: str
    agent_id: str
    lane_class: str
    #: Celery queue of the lane's doorbells.
    queue: str
    mode: QueueMode
    settings: QueueSettings
    #: The run id the caller is promised, e.g. the client's idempotency key; made unique when another session has it.
    run_id: str
    #: Unique over the cluster; the second arrival of the same key gets the first one's result.
    source_key: str
    now_ms: int
    max_pending_session: int
    max_pending_class: int
    background: bool = False
    #: True for a client, which is told "busy" by an error with nothing stored; a channel's message is then stored
    #: as rejected.
    client: bool = False
    #: Per-turn wishes: model, thinking, extra_system_prompt, timeout_seconds, max_output_tokens, deliver (bool);
    #: ``tools`` and ``tool_choice`` (see ``agent.client_tools``); ``announce``, what the agent's main session hears of
    #: the run's end; ``tool_call``, the one call that the run consists of. Two become entries of the transcript when
    #: the turn begins: ``history``, the conversation so far, which only an empty one takes, and ``preface``, what comes
    #: before the text (with it, the text may be empty). Both as ``messages_to_json`` writes them.
    options: dict[str, Any] = field(default_factory=dict)
    #: A session that is made for it is put away at once: lists leave it out.
    archived: bool = False


@dataclass(frozen=True, slots=True)
class RunningTurn:
    """A turn that is in flight, for cancelling it."""

    run_id: str
    session_id: int
    fence: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """The durable result of accepting a message."""

    session_id: int
    ordinal: int
    run_id: str
    duplicate: bool = False
    #: Set when the message was finished at once (dropped by the cap, rejected as busy) or, for a duplicate, already is.
    disposition: Disposition | None = None
    #: For a duplicate: the status of the run it ended in, if there is one yet.
    run_status: RunStatus | None = None
    #: What to submit to the lane; ``None`` when there is nothing to do.
    work: LaneWork | None = None
    #: A turn that this message interrupts.
    interrupts: RunningTurn | None = None
    #: Run ids of older messages that the cap dropped.
    dropped_run_ids: tuple[str, ...] = ()
    #: True when the sender should be told about a drop or a rejection (at most once a minute and session).
    tell_sender: bool = False
    #: Unfinished messages of the session, this one included.
    pending: int = 0


class IntakeStore(Protocol):
    def accept(self, request: AcceptRequest) -> Accepted:
        """Give the message its ordinal and store it; raises Busy for a client past max pending."""
        ...


# --- runs -----------------------------------------------------------------------------------------------------


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
    #: Run ids promised to other messages that were merged into this turn.
    merged_run_ids: tuple[str, ...] = ()
    #: Set when someone asked to abort the run before it was claimed.
    abort_reason: str = ""
    #: The wait of a run that was suspended, answered or cancelled by now.
    wait: Wait | None = None
    #: Queue mode and counts for ``session_status``.
    session: dict[str, Any] = field(default_factory=dict)
    #: The config version that the run began under; ``None`` for one that was never stored.
    config_version: int | None = None


@dataclass(frozen=True, slots=True)
class NoWork:
    """There was nothing to run under this grant; the lane ends with this outlook."""

    outlook: Outlook
    #: The session's last finished run: a crash may have swallowed its end event.
    finished_run_id: str = ""
    #: The session's run is suspended and its wait is open: the lane is to be parked.
    parked: bool = False


@dataclass(frozen=True, slots=True)
class RunChanges:
    """One commit of a running turn."""

    messages: tuple[Message, ...] = ()
    finished: tuple[StepRecord, ...] = ()
    started: tuple[StepRecord, ...] = ()
    #: Added to the run's and the session's totals.
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit found beside its own changes."""

    #: User messages of steers taken into the transcript by this commit, in order.
    steers: tuple[Message, ...] = ()
    steered_run_ids: tuple[str, ...] = ()
    #: Those of them that end with this run; a steer-backlog still has a turn of its own before it.
    joined_run_ids: tuple[str, ...] = ()
    #: Set when someone asked to abort the run.
    abort_reason: str = ""


@dataclass(frozen=True, slots=True)
class ReplyChunk:
    """One row of the outbox."""

    text: str
    reply_index: int = 0
    chunk_index: int = 0


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


# --- control --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Aborted:
    """What an abort found. Queued messages are finished at once; running turns have been marked."""

    session_id: int = 0
    running: tuple[RunningTurn, ...] = ()
    queued_run_ids: tuple[str, ...] = ()
    #: Parked turns, which must be woken to end.
    wake: LaneWork | None = None


@dataclass(frozen=True, slots=True)
class RunView:
    """A promised run as a client sees it. ``status`` is queued until a turn exists."""

    run_id: str
    #: The turn it ended in; differs from ``run_id`` for merged and steered messages.
    turn_run_id: str
    session_id: int
    session_key: str
    agent_id: str
    status: RunStatus
    disposition: Disposition | None
    stop_reason: str = ""
    text: str = ""
    error: str = ""
    error_kind: str = ""
    provider: str = ""
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    started_at_ms: int = 0
    ended_at_ms: int = 0


class ControlStore(Protocol):
    def abort(self, session_key: str, run_id: str | None, reason: str, now_ms: int) -> Aborted:
        """Abort one promised run, or everything of the session when ``run_id`` is None."""
        ...

    def abort_turn(self, turn: RunningTurn, reason: str, now_ms: int) -> None:
        """Mark a running turn as aborted, if it still runs under that fence and nobody did before."""
        ...

    def answer_wait(self, wait_id: str, answer: dict[str, Any], now_ms: int) -> LaneWork | None:
        """Record the first answer; the lane to resume, or ``None`` when it was answered before."""
        ...

    def reset_session(self, session_key: str, now_ms: int) -> str | None:
        """Start a new conversation under the same key; the new session uuid, ``None`` for an unknown key."""
        ...

    def run_view(self, run_id: str) -> RunView | None: ...

    def turns_ended_since(self, since_ms: int, limit: int) -> list[RunView]:
        """The newest promised runs whose turns ended at ``since_ms`` or later, the earliest first.

        For listeners that were away: a session with a very long queue may leave out its oldest ones.
        """
        ...


class SweepStore(Protocol):
    def unfinished_lanes(self, after_session_id: int, limit: int) -> list[LaneWork]:
        """Sessions with unfinished messages or open, unsuspended runs, by rising id."""
        ...

    def turn_labels(self, session_ids: Sequence[int]) -> dict[int, TurnLabel]:
        """The session key and the open or next run of each session that has work."""
        ...

    def due_waits(self, now_ms: int, limit: int) -> list[str]:
        """Ids of waits that answer themselves by now."""
        ...

    def overdue_runs(self, limits: RunLimits, now_ms: int, limit: int) -> list[tuple[RunningTurn, str]]:
        """Running turns past a deadline, with ``deadline`` or ``no-progress``."""
        ...

    def has_running_runs(self) -> bool:
        """Whether any run is in flight; without one, a new lane table need not wait for old holders."""
        ...

    def lane_epoch(self) -> int: ...

    def raise_lane_epoch(self, above: int) -> int:
        """Make the epoch higher than ``above``, once however many callers ask; the epoch now."""
        ...


# --- outbox ---------------------------------------------------------------------------------------------------


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


class OutboxStore(Protocol):
    def claim_next(self, conversation: str, now_ms: int, claim_ms: int) -> OutboxRow | None:
        """Claim the conversation's oldest open row if it is due; never past an earlier open one."""
        ...

    def mark_sent(self, row: OutboxRow, provider_message_id: str, now_ms: int) -> bool: ...

    def mark_retry(self, row: OutboxRow, error: str, due_at_ms: int) -> bool: ...

    def mark_ended(self, row: OutboxRow, state: str, error: str, now_ms: int) -> bool:
        """End a row as ``failed`` or ``unknown``."""
        ...

    def due_conversations(self, now_ms: int, limit: int) -> list[str]: ...

    def enqueue_notice(self, route: ReplyRoute, text: str, key: str, now_ms: int) -> bool:
        """Put a line that belongs to no run into the outbox; false when ``key`` was used before."""
        ...

    def expire_claims(self, now_ms: int, limit: int) -> list[OutboxRow]:
        """Claims that ran out while sending: they become ``unknown`` and are returned."""
        ...


# --- reading --------------------------------------------------------------------------------------------------


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

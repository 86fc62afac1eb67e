"""Making a message durable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from openclaw.domain.envelope import InboundEnvelope
from openclaw.domain.queue_mode import DropPolicy, QueueMode, QueueSettings
from openclaw.domain.queue_wish import QueueWish
from openclaw.domain.run import Disposition, RunStatus
from openclaw.ports.lanes import LaneWork


@dataclass(frozen=True, slots=True)
class FreshStart:
    """The message begins a new conversation: what the session does and has queued is ended first."""

    #: Put among the session's settings.
    settings: Mapping[str, Any] = field(default_factory=dict)


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
    #: What the message itself asks of the queue, before the session's own wish, before ``mode`` and ``settings``.
    #: ``None`` for one that goes by these alone.
    wish: QueueWish | None = None
    fresh: FreshStart | None = None
    #: Why it might be none of the assistant's affair: the level of ``dials.ACTIVATION`` that holds for it unless its
    #: session has one of its own. Empty for what speaks to the assistant.
    gate: str = ""
    #: Whether the configured level does not hold once the session has had a turn: a thread that is followed.
    followed: bool = False
    #: How much of what was not said to the assistant its next turn reads, in messages.
    overheard_cap: int = 0
    #: How long it waits on an idle session for what else is written. Milliseconds; 0 for not at all.
    gather_ms: int = 0


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
    #: A turn that this message ends.
    interrupts: RunningTurn | None = None
    #: Run ids of older messages that the cap dropped.
    dropped_run_ids: tuple[str, ...] = ()
    #: The policy by which the cap dropped something.
    drop: DropPolicy | None = None
    #: Run ids of older messages that a fresh start ended.
    aborted_run_ids: tuple[str, ...] = ()
    #: True when the sender should be told about a drop or a rejection (at most once a minute and session).
    tell_sender: bool = False
    #: Unfinished messages of the session, this one included.
    pending: int = 0


class IntakeStore(Protocol):
    def accept(self, request: AcceptRequest) -> Accepted:
        """Give the message its ordinal and store it; raises Busy for a client past max pending."""
        ...

"""Acting on what is queued or running from outside."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from openclaw.domain.run import Disposition, RunStatus, Usage
from openclaw.ports.lanes import LaneWork
from openclaw.ports.store.intake import RunningTurn


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

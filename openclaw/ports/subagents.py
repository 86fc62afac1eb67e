"""Where sub-agents are kept: who opened them, for what, and who has heard of their end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.run import RunStatus
from openclaw.domain.subagents import SubagentEnd

Cleanup = Literal["keep", "delete"]


@dataclass(frozen=True, slots=True)
class Task:
    """Work for a session of its own."""

    #: Names the call that gives it: the same call gives it once.
    wait_id: str
    parent_key: str
    parent_run_id: str
    text: str
    label: str = ""
    #: Empty for the parent's own agent.
    agent_id: str = ""
    model: str = ""
    thinking: str = ""
    #: 0 for the usual limit of a run.
    timeout_seconds: float = 0.0
    cleanup: Cleanup = "keep"
    #: How much stricter than configured commands are looked at where the task comes from.
    exec_preferences: Mapping[str, str] = field(default_factory=dict)
    #: Who pays for the work.
    payer: str = ""
    #: Whether its commands stay in the sandbox.
    contained: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """Where the work is done, and the run that does it."""

    child_key: str
    run_id: str


@dataclass(frozen=True, slots=True)
class NewSubagent:
    """A task for a session of its own."""

    run_id: str
    child_key: str
    parent_key: str
    parent_run_id: str
    title: str
    cleanup: Cleanup = "keep"


@dataclass(frozen=True, slots=True)
class Subagent:
    """One task and how it stands. Times in milliseconds since the epoch."""

    run_id: str
    child_key: str
    parent_key: str
    title: str
    created_at_ms: int
    #: How it ended, once whoever asked for it has heard of it; else empty.
    outcome: str
    #: What its session does now, or how its last run ended; ``None`` when nothing was begun.
    status: RunStatus | None


@dataclass(frozen=True, slots=True)
class Ended:
    """A task whose work is over, of whose end nobody has heard."""

    run_id: str
    parent_key: str
    cleanup: Cleanup
    end: SubagentEnd
    #: Where the answers of whoever asked go.
    route: ReplyRoute
    #: False when the session that asked was deleted since.
    parent_is_there: bool = True
    #: Who pays for the turn that hears of it.
    payer: str = ""


class SubagentStore(Protocol):
    """Every method raises StoreUnavailable when the database is away."""

    def open(self, new: NewSubagent, max_children: int, now_ms: int) -> bool:
        """Note a task; noting it again changes nothing. False when the parent has ``max_children`` at work already."""
        ...

    def of_parent(self, parent_key: str, limit: int) -> list[Subagent]:
        """The newest tasks that a session gave, newest first."""
        ...

    def ended(self, child_key: str | None, begun_before_ms: int, limit: int) -> list[Ended]:
        """Tasks that are over: their sessions have nothing to do, and no task of their own is unheard of.

        Those of one child, or of all. Of those opened before ``begun_before_ms`` also the ones that were never begun.
        """
        ...

    def settle(self, run_id: str, outcome: str, tidy_at_ms: int | None, now_ms: int) -> None:
        """Whoever asked for it has heard of its end."""
        ...

    def stop(self, parent_key: str, parent_run_id: str | None, now_ms: int) -> list[str]:
        """Settle what a session, or one run of it, has at work: nobody waits for it. The keys of the children."""
        ...

    def untidy(self, now_ms: int, limit: int) -> list[tuple[str, Cleanup]]:
        """Children that are to be put away by now."""
        ...

    def tidied(self, child_keys: Sequence[str]) -> None:
        """They were put away."""
        ...


class SubagentCalls(Protocol):
    """What an agent can do about sub-agents. Raises StoreUnavailable when the database is away."""

    def spawn(self, task: Task) -> Opened:
        """Open a session for a task and give it the task.

        Raises InvalidRequest for what the rules do not allow, UnknownAgent or Busy.
        """
        ...

    def children(self, parent_key: str) -> list[Subagent]:
        """The newest tasks that a session gave, newest first."""
        ...

    def kill(self, subagent: Subagent) -> None:
        """Stop one. Whoever asked for it hears no more of it."""
        ...

    def steer(self, subagent: Subagent, text: str, key: str, payer: str) -> str:
        """Say something to one while it works, or give it another turn; the run that answers.

        ``key`` names the call. Raises Busy or UnknownAgent.
        """
        ...

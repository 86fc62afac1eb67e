"""Requests that wait for a person: what is asked, and what was decided."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from openclaw.domain.exec_policy import Decision


class ApprovalState(StrEnum):
    """A request is pending until it has one end."""

    PENDING = "pending"
    ALLOWED = "allowed"
    DENIED = "denied"
    #: Nobody decided in time: taken for a denial.
    EXPIRED = "expired"
    #: The turn went on without it.
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Approval:
    """One command that an agent wants to run. Bound to the very call: another one is another request."""

    id: str
    wait_id: str
    run_id: str
    session_key: str
    agent_id: str
    command: str
    cwd: str
    host: str
    #: Names of the variables that the call sets; their values may be secrets.
    env_names: tuple[str, ...] = ()
    #: Resolved paths of its programs, where the line could be read.
    programs: tuple[str, ...] = ()
    state: ApprovalState = ApprovalState.PENDING
    decision: Decision | None = None
    decided_by: str = ""
    created_at_ms: int = 0
    expires_at_ms: int = 0
    decided_at_ms: int = 0
    #: Whether it may be allowed for good.
    can_always: bool = False

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What may be decided."""
        return tuple(each for each in Decision if each is not Decision.ALLOW_ALWAYS or self.can_always)

    def answer(self) -> dict[str, str]:
        """What the waiting call is told."""
        return {"decision": self.decision.value if self.decision else "", "by": self.decided_by}


@dataclass(frozen=True, slots=True)
class ExecPattern:
    """A program that an agent may run without being asked: a glob on its resolved path."""

    id: str
    agent_id: str
    pattern: str
    created_at_ms: int = 0
    last_used_at_ms: int = 0
    last_command: str = ""

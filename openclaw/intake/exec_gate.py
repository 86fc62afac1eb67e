"""The gate that commands pass: the policy, what operators have allowed, and a person for the rest."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openclaw.domain.approvals import Approval
from openclaw.domain.exec_policy import (
    Decision,
    ExecPolicy,
    Looked,
    Ruling,
    can_be_allowed_always,
    elevated_policy,
    look_at,
    rule,
    tightened,
)
from openclaw.errors import ToolError
from openclaw.intake.approval_desk import ApprovalDesk
from openclaw.ports.clock import Clock
from openclaw.ports.exec_gate import ExecCommand
from openclaw.ports.tool import Suspension, ToolContext

#: The kind of wait, in ``waits``.
KIND = "exec.approval"
#: The request of a call that is made again is the same.
_REQUESTS = uuid.UUID("d2a2b5a4-4f0e-4a94-8f6d-5f7a0d0b6c1e")

DENIED = "This command was not allowed by the person who was asked. Do not try to reach the same another way."
NOT_DECIDED = "Nobody decided about this command in time, so it was not run."
CHANGED = (
    "What was agreed to is not what would be run now: the place, the folder or the programs have changed since. It was "
    "not run; call again to ask for it as it is now."
)
NOT_ALLOWED = "Commands are not allowed here."
UNKNOWN = "This command is not among those that may run, and nobody is asked here."


@dataclass(frozen=True, slots=True)
class PolicyGate:
    """Implements ``ExecGate``."""

    policy: ExecPolicy
    desk: ApprovalDesk
    #: From a program's name, the folder it is run in and where (``host`` or ``sandbox``) to its resolved path.
    resolve: Callable[[str, Path, str], str | None]
    #: How long a request waits for a decision.
    timeout_ms: int
    clock: Clock

    def check(self, command: ExecCommand, context: ToolContext) -> Suspension | None:
        """Let it run, or ask a person first. Raises ToolError."""
        patterns = [each.pattern for each in self.desk.store.patterns(context.agent_id)]
        looked = look_at(
            command.text,
            lambda name: self.resolve(name, command.cwd, command.host),
            patterns,
            sandboxed=command.host == "sandbox",
        )
        if context.answer is not None:
            check_agreed(self.desk, context, command=command.text, **_about(command, looked))
            return None
        policy = elevated_policy(self.policy, command.elevation)
        match rule(tightened(policy, context.exec_preferences), looked):
            case Ruling.ALLOW:
                if looked.patterns:
                    self.desk.store.used(context.agent_id, looked.patterns, command.text, self.clock())
                return None
            case Ruling.DENY:
                raise ToolError(NOT_ALLOWED if looked.known else UNKNOWN)
            case Ruling.ASK:
                return self._ask(command, looked, context)

    def _ask(self, command: ExecCommand, looked: Looked, context: ToolContext) -> Suspension:
        return ask_person(
            self.desk,
            context,
            self.clock(),
            self.timeout_ms,
            command=command.text,
            **_about(command, looked),
            can_always=can_be_allowed_always(looked),
        )


def _about(command: ExecCommand, looked: Looked) -> dict[str, Any]:
    """What a person agrees to, beside the words of the command."""
    return {
        "cwd": str(command.cwd),
        "host": command.host,
        "env_names": tuple(sorted(command.env)),
        "programs": looked.programs,
    }


def ask_person(
    desk: ApprovalDesk, context: ToolContext, now_ms: int, timeout_ms: int, *, command: str, **about: Any
) -> Suspension:
    """Ask for an approval of what a call would do; ``about`` are more fields of the request."""
    asked = desk.request(
        Approval(
            id=request_id(context),
            wait_id=context.wait_id,
            run_id=context.run_id,
            session_key=context.session_key,
            agent_id=context.agent_id,
            command=command,
            created_at_ms=now_ms,
            expires_at_ms=now_ms + timeout_ms,
            **about,
        )
    )
    return Suspension(KIND, {"approvalId": asked.id, "command": command}, asked.expires_at_ms, again=True)


def request_id(context: ToolContext) -> str:
    """The id of the request of this very call."""
    return str(uuid.uuid5(_REQUESTS, context.wait_id))


def check_agreed(desk: ApprovalDesk, context: ToolContext, **about: Any) -> None:
    """Raise ToolError unless the person who was asked agreed to this very thing, which ``about`` says."""
    decision = (context.answer or {}).get("decision")
    if decision not in (Decision.ALLOW_ONCE, Decision.ALLOW_ALWAYS):
        raise ToolError(DENIED if decision == Decision.DENY else NOT_DECIDED)
    asked = desk.store.approval(request_id(context))
    if asked is None or any(getattr(asked, name) != value for name, value in about.items()):
        raise ToolError(CHANGED)

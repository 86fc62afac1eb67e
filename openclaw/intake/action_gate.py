"""The gate of what is no command but must be agreed to all the same. A person is always asked."""

from __future__ import annotations

from dataclasses import dataclass

from openclaw.intake.approval_desk import ApprovalDesk
from openclaw.intake.exec_gate import ask_person, check_agreed
from openclaw.ports.clock import Clock
from openclaw.ports.tool import Suspension, ToolContext


@dataclass(frozen=True, slots=True)
class PersonGate:
    """Implements ``ActionGate`` by the requests that commands wait for too."""

    desk: ApprovalDesk
    timeout_ms: int
    clock: Clock

    def check(self, what: str, context: ToolContext) -> Suspension | None:
        """Ask first; ``None`` once it was agreed to. Raises ToolError for a denial."""
        if context.answer is not None:
            check_agreed(self.desk, context, command=what, host="gateway")
            return None
        return ask_person(self.desk, context, self.clock(), self.timeout_ms, command=what, cwd="", host="gateway")

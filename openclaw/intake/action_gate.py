"""The gate of what is no command but must be agreed to all the same. A person is always asked."""

from __future__ import annotations

from dataclasses import dataclass

from openclaw.domain.approvals import Approval
from openclaw.intake.approval_desk import ApprovalDesk
from openclaw.intake.exec_gate import KIND, check_answer, request_id
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
            check_answer(context.answer)
            return None
        now = self.clock()
        asked = self.desk.request(
            Approval(
                id=request_id(context),
                wait_id=context.wait_id,
                run_id=context.run_id,
                session_key=context.session_key,
                agent_id=context.agent_id,
                command=what,
                cwd="",
                host="gateway",
                created_at_ms=now,
                expires_at_ms=now + self.timeout_ms,
            )
        )
        return Suspension(KIND, {"approvalId": asked.id, "command": what}, asked.expires_at_ms, again=True)

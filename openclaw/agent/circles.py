"""The loop guard of one turn: what it has done so far is read from its steps, so it survives the turn's worker."""

from __future__ import annotations

from collections.abc import Sequence

from openclaw.domain.loop_guard import BLOCKED, LoopLimits, MadeCall, Verdict, call_digest, judge, result_digest
from openclaw.domain.run import StepKind, StepStatus
from openclaw.domain.transcript import ToolCallBlock, ToolResultBlock
from openclaw.errors import RunLimitReached
from openclaw.ports.store import StepRecord

NOT_MADE = (
    "Not run: this call was made {count} times with the same outcome. Do something else, or tell the person what is in "
    "the way."
)
WARNING = (
    "\n\n[This is call {count} in a row that changes nothing. Unless you have a reason to expect another outcome, do "
    "something else.]"
)


def look(steps: Sequence[StepRecord], call: ToolCallBlock, limits: LoopLimits) -> tuple[Verdict, int]:
    """Judge a call before it is made. Raises RunLimitReached when the run is to end."""
    made = [
        MadeCall.from_json(step.payload)
        for step in steps
        if step.kind is StepKind.TOOL and step.status is StepStatus.FINISHED and step.payload
    ]
    verdict, count = judge(made, call_digest(call.name, call.arguments), limits)
    if verdict is Verdict.END:
        raise RunLimitReached("loop", f"{call.name} was called {count} times without progress")
    return verdict, count


def not_made(call: ToolCallBlock, count: int) -> ToolResultBlock:
    """The result of a call that is blocked."""
    return ToolResultBlock(call.id, call.name, NOT_MADE.format(count=count - 1), is_error=True)


def facts_of(call: ToolCallBlock, result: ToolResultBlock, verdict: Verdict) -> dict[str, str]:
    """What the call's step keeps for the next look."""
    outcome = BLOCKED if verdict is Verdict.BLOCK else result_digest(result.text)
    return MadeCall(call_digest(call.name, call.arguments), outcome).to_json()

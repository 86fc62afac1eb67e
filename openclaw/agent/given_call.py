"""Runs that consist of one tool call which somebody gave them: no model is asked, and the result is the answer.

The call is an option of the run. Everything else is as in any turn: it is committed as started before it acts, a
resumed run goes by the tool's replay policy, a tool that waits parks the run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openclaw.agent.next_action import RunTools, what_follows
from openclaw.domain.transcript import Message, ToolCallBlock, ToolResultBlock
from openclaw.ports.store import StepRecord

#: The option that holds the call.
TOOL_CALL = "tool_call"


@dataclass(frozen=True, slots=True)
class GivenCall:
    """The call, and the session whose context it has; the run itself is in one of its own."""

    call: ToolCallBlock
    session_key: str
    #: Facts of that session for ``session_status``, as they were when the call came.
    session: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.call.id,
            "name": self.call.name,
            "arguments": self.call.arguments,
            "session_key": self.session_key,
            "session": dict(self.session),
        }

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> GivenCall | None:
        """The call of a run, ``None`` for an ordinary one."""
        given = options.get(TOOL_CALL)
        if given is None:
            return None
        call = ToolCallBlock(given["id"], given["name"], given["arguments"])
        return cls(call, given["session_key"], given["session"])


@dataclass(frozen=True, slots=True)
class StartCall:
    """The call has not been committed yet."""

    call: ToolCallBlock


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The call has its result; the turn can be finished with it."""

    result: ToolResultBlock


def next_of_call(
    call: ToolCallBlock, history: Sequence[Message], steps: Sequence[StepRecord]
) -> StartCall | RunTools | CallEnded:
    """Decide from the committed conversation and steps, as ``next_action`` does."""
    blocks = (block for message in reversed(history) for block in message.blocks)
    result = next((b for b in blocks if isinstance(b, ToolResultBlock) and b.call_id == call.id), None)
    if result is not None:
        return CallEnded(result)
    action = what_follows(history, steps)
    return action if isinstance(action, RunTools) else StartCall(call)

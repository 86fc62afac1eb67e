"""Before the older part of a conversation goes: the model may write down what should last.

A step of its own, which nobody sees. It is begun once for each summary: should it be cut, the summary is made without.
It writes to memory's own files and to nothing else, and whatever fails in it costs notes and nothing more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from openclaw.agent.model_step import RequestFactory
from openclaw.agent.quiet import TooSlow, ask_quietly, within
from openclaw.agent.tool_step import run_call
from openclaw.agent.turn_log import TurnLog
from openclaw.domain.memory_scope import MEMORY_FILE, MEMORY_FOLDER, is_memory_path
from openclaw.domain.run import StepKind, StepStatus, Usage
from openclaw.domain.transcript import Message, ToolCallBlock, ToolResultBlock, tool_result, user_text
from openclaw.errors import ProviderError
from openclaw.ports.models import Candidate
from openclaw.ports.store import Charge, RunChanges, StepRecord
from openclaw.ports.tool import Suspension, Tool, ToolContext

log = logging.getLogger(__name__)

#: Tools that it has, of those that the turn has.
TOOLS = frozenset({"write", "edit", "memory_search", "memory_get"})
_WRITING = frozenset({"write", "edit"})
#: Times that the model is asked.
MAX_CALLS = 4
#: Tokens of one answer.
ANSWER_TOKENS = 2_000

ASKED = (
    "[Before the older part of this conversation is summarized] If it holds anything that should last and is not "
    f"written down yet (facts, decisions, preferences, open tasks), write it now: to {MEMORY_FOLDER}/{{day}}.md, or to "
    f"{MEMORY_FILE} for what is always needed. Add to what is there. Nobody reads your answer. If there is nothing to "
    "write, answer NO_REPLY."
)
ELSEWHERE = f"Only {MEMORY_FILE} and files in {MEMORY_FOLDER}/ can be written now."


@dataclass(slots=True)
class MemoryFlush:
    """Writes notes before a summary."""

    log: TurnLog
    tools: Mapping[str, Tool]
    #: What a tool may know of the turn, for the step of this number.
    context: Callable[[int], ToolContext]
    #: Where usage is charged.
    charge: Callable[[], Charge | None]

    def due(self) -> bool:
        """Whether notes may be written here, and were not since the last summary of this turn."""
        steps = self.log.steps
        last = max((step.index for step in steps if step.kind is StepKind.COMPACTION), default=-1)
        begun = any(step.kind is StepKind.FLUSH and step.index > last for step in steps)
        runtime = self.log.parts.runtime
        allowed = runtime.writes_notes and runtime.is_private(self.log.claim.session_key)
        return allowed and not begun and bool(_WRITING & self.tools.keys())

    def run(self, candidates: Sequence[Candidate], request: RequestFactory, day: str, seconds: float) -> None:
        """Let the model write. Raises RunAborted when the turn ends."""
        turn, index = self.log, self.log.next_index
        # From here on it was begun: an attempt that dies in it does not begin it anew.
        turn.commit(RunChanges(started=(self._step(index, StepStatus.STARTED),)))
        used = Usage()
        messages = [*turn.history, user_text(ASKED.format(day=day))]
        own = {name: tool for name, tool in self.tools.items() if name in TOOLS}
        specs = tuple(tool.spec for tool in own.values())
        request = replace(request, tools=specs, max_output_tokens=ANSWER_TOKENS)
        try:
            with within(turn.hold, seconds) as hold:
                for _ in range(MAX_CALLS):
                    request = replace(request, messages=tuple(messages))
                    answer = ask_quietly(turn.parts, candidates, request, hold, "flush")
                    used += answer.usage
                    messages.append(answer.message)
                    if not answer.message.tool_calls:
                        break
                    messages += [self._result(own, call, index) for call in answer.message.tool_calls]
        except (ProviderError, TooSlow) as error:
            log.warning("run %s: no notes before the summary: %s", turn.claim.run_id, error)
        turn.commit(RunChanges(finished=(self._step(index, StepStatus.FINISHED),), usage=used, charge=self.charge()))

    def _step(self, index: int, status: StepStatus) -> StepRecord:
        return StepRecord(index, StepKind.FLUSH, status, self.log.claim.fence)

    def _result(self, own: Mapping[str, Tool], call: ToolCallBlock, index: int) -> Message:
        path = str((call.arguments or {}).get("path") or "")
        if call.name in _WRITING and not is_memory_path(path):
            return tool_result(ToolResultBlock(call.id, call.name, ELSEWHERE, is_error=True))
        result = run_call(own, call, self.context(index), began=False)
        if isinstance(result, Suspension):
            result = ToolResultBlock(call.id, call.name, "This cannot wait for anybody now.", is_error=True)
        return tool_result(result)

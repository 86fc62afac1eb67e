"""The tools' part of a turn: making calls one by one, parking the turn for those that wait, going on with answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from openclaw.agent import circles
from openclaw.agent.given_call import GivenCall
from openclaw.agent.profile import AgentProfile
from openclaw.agent.tool_step import run_call, skipped, waited
from openclaw.agent.turn_budget import payer_of
from openclaw.agent.turn_log import Suspended, TurnLog
from openclaw.domain.containment import SANDBOX
from openclaw.domain.crash_points import CrashPoint, reach
from openclaw.domain.dials import ELEVATED, EXEC
from openclaw.domain.events import EventKind
from openclaw.domain.loop_guard import Verdict
from openclaw.domain.run import FencedRun, StepKind, StepStatus
from openclaw.domain.session_reach import HOPS
from openclaw.domain.tool_policy import Removal
from openclaw.domain.transcript import Message, ToolCallBlock, ToolResultBlock, tool_result
from openclaw.ports.skills import SkillSnapshot
from openclaw.ports.store import RunChanges, StepRecord, Wait
from openclaw.ports.tool import Suspension, Tool, ToolContext

#: In a wait's payload: the call is made again with the answer (``Suspension.again``).
AGAIN = "again"
#: In a started step's payload: the wait whose answer the call was made again with.
ANSWERED = "answered"

Calls = tuple[ToolCallBlock, ...]


@dataclass(slots=True)
class ToolSteps:
    """Makes the tool steps of one turn."""

    log: TurnLog
    agent: AgentProfile
    tools: Mapping[str, Tool]
    #: Tools that there are and that this turn may not use, with who says so.
    removed: Mapping[str, Removal]
    given: GivenCall | None
    skills: SkillSnapshot

    def run(self, calls: Calls, began: frozenset[str]) -> Suspended | None:
        """Make the first of these calls; the others follow. ``began`` are those that were recorded as started."""
        step = self._step_of(calls[0])
        was_running = step.fence != self.log.claim.fence and calls[0].id in began
        return self._run(step, calls, None, was_running=was_running)

    def start(self, call: ToolCallBlock) -> None:
        """Put a call that no model made into the conversation."""
        started = self.log.started(self.log.next_index, call)
        self.log.commit(RunChanges((Message("assistant", (call,)),), started=(started,)))

    def take_answer(self, wait: Wait, calls: Calls) -> Suspended | None:
        """Go on with the call that the turn was parked for: its wait was answered, or ended without an answer."""
        call = next((each for each in calls if each.id == wait.call_id), None)
        if call is None:
            return None
        rest = tuple(each for each in calls if each.id != wait.call_id)
        return self._answered(self._step_of(call), (call, *rest), wait)

    def _answered(self, step: StepRecord, calls: Calls, wait: Wait | None) -> Suspended | None:
        call = calls[0]
        if wait is None or wait.answer is None or not wait.payload.get(AGAIN):
            self._finish(step.index, call, waited(call, wait.answer if wait else None), calls[1:])
            return None
        was_running = step.payload.get(ANSWERED) == wait.id
        if not was_running:
            # From here on the call may act: should the worker die now, its replay policy decides.
            self.log.commit(RunChanges(started=(self.log.started(step.index, call, **{ANSWERED: wait.id}),)))
        return self._run(step, calls, wait.answer, was_running=was_running)

    def _run(
        self, step: StepRecord, calls: Calls, answer: Mapping[str, Any] | None, *, was_running: bool
    ) -> Suspended | None:
        log, call = self.log, calls[0]
        reach(CrashPoint.TOOL_STEP_BEFORE_RUN)
        started_at = log.now_ms()
        log.emit(EventKind.TOOL_START, {"call_id": call.id, "name": call.name, "args": call.arguments})
        verdict, count = circles.look(log.steps, call, log.parts.limits.loop_guard)
        result: ToolResultBlock | Suspension
        if verdict is Verdict.BLOCK:
            result = circles.not_made(call, count)
        else:
            result = run_call(
                self.tools, call, self.context(step.index, answer), began=was_running, removed=self.removed
            )
        log.hold.progressed()
        if isinstance(result, Suspension):
            return self._suspend(step, calls, result)
        facts = circles.facts_of(call, result, verdict)
        if verdict is Verdict.WARN:
            result = replace(result, text=result.text + circles.WARNING.format(count=count))
        over = {"text": result.text, "is_error": result.is_error, "started_at_ms": started_at}
        log.emit(EventKind.TOOL_END, {"call_id": call.id, "name": call.name, **over})
        reach(CrashPoint.TOOL_STEP_BEFORE_COMMIT)
        self._finish(step.index, call, result, calls[1:], facts)
        reach(CrashPoint.TOOL_STEP_AFTER_COMMIT)
        return None

    def _finish(
        self, index: int, call: ToolCallBlock, result: ToolResultBlock, rest: Calls, facts: dict[str, Any] | None = None
    ) -> None:
        log = self.log
        done = log.step(index, StepKind.TOOL, facts, call)
        started = (log.started(index + 1, rest[0]),) if rest else ()
        steered = log.commit(RunChanges((tool_result(result),), (done,), started))
        if steered and rest:
            # The person changed direction: calls that had not started are answered without running them.
            voids = tuple(tool_result(skipped(each)) for each in rest)
            ended = tuple(log.step(index + 1 + n, StepKind.TOOL, None, each) for n, each in enumerate(rest))
            log.commit(RunChanges(voids, ended))

    def _step_of(self, call: ToolCallBlock) -> StepRecord:
        """The call's step; it is begun if it was not."""
        for step in self.log.steps:
            if step.call_id == call.id and step.status is StepStatus.STARTED:
                return step
        # A call without a recorded start: the first one after an unusual ending of the step before it.
        started = self.log.started(self.log.next_index, call)
        self.log.commit(RunChanges(started=(started,)))
        return started

    def _suspend(self, step: StepRecord, calls: Calls, suspension: Suspension) -> Suspended | None:
        wait = Wait(
            id=self._wait_id(step.index),
            kind=suspension.kind,
            call_id=calls[0].id,
            payload=suspension.payload | ({AGAIN: True} if suspension.again else {}),
            due_at_ms=suspension.due_at_ms,
        )
        runs = self.log.parts.runs
        outlook = runs.suspend(self.log.claim, RunChanges(), wait, self.log.now_ms())
        if outlook is not None:
            return Suspended(outlook)
        # Not parked: the answer was there already, or a steer or an abort is waiting.
        return self._answered(step, calls, runs.wait(wait.id))

    def _wait_id(self, index: int) -> str:
        return f"{self.log.claim.run_id}:{index}"

    def context(self, index: int, answer: Mapping[str, Any] | None = None) -> ToolContext:
        """What a tool may know of the turn."""
        claim, given = self.log.claim, self.given
        facts: dict[str, Any] = {**claim.session, "usage": self.log.usage.to_json()}
        provider, model = self.log.answered_by
        return ToolContext(
            run_id=claim.run_id,
            session_key=given.session_key if given else claim.session_key,
            agent_id=self.agent.agent_id,
            workspace=self.agent.workspace,
            model=f"{provider}/{model}" if provider else "",
            cancel=self.log.hold.token,
            wait_id=self._wait_id(index),
            answer=answer,
            exec_preferences=claim.options.get(EXEC) or {},
            elevated=str(claim.options.get(ELEVATED.key) or "off") if claim.is_owner else "off",
            contained=self.log.parts.runtime.tool_book.containment.holds(
                given.session_key if given else claim.session_key, str(claim.options.get(SANDBOX) or "")
            ),
            payer=payer_of(claim),
            hops=int(claim.options.get(HOPS) or 0),
            session=dict(given.session) if given else facts,
            skills=self.skills,
            is_private=self.log.parts.runtime.is_private(given.session_key if given else claim.session_key),
            route=claim.route,
            run=FencedRun(claim.run_id, claim.session_id, claim.fence),
        )

"""One turn between claim and finish: model and tool steps, each committed before the next starts."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from openclaw.agent import ending
from openclaw.agent.asked_compaction import NOTHING_TO_DO, CompactNow, Told, next_of_compaction
from openclaw.agent.client_tools import ClientTools
from openclaw.agent.context_keeper import ContextKeeper, just_compacted, weight_of
from openclaw.agent.ending import PlanReplies
from openclaw.agent.given_call import CallEnded, GivenCall, StartCall, next_of_call
from openclaw.agent.holds import TurnHold
from openclaw.agent.model_step import Draft, ModelAnswer, RequestFactory, ask_model
from openclaw.agent.next_action import (
    Answer,
    AskModel,
    HandBack,
    NextAction,
    RunTools,
    model_calls,
    next_action,
    next_index,
)
from openclaw.agent.profile import AgentProfile
from openclaw.agent.prompt import system_prompt
from openclaw.agent.runtime import AgentRuntime
from openclaw.agent.tool_step import run_call, skipped, waited
from openclaw.domain.crash_points import CrashPoint, reach
from openclaw.domain.events import EventKind, RunEvent
from openclaw.domain.pruning import prunable_until
from openclaw.domain.run import RunLimits, StepKind, StepStatus, StopReason, Usage
from openclaw.domain.tool_policy import decide, owner_layers
from openclaw.domain.transcript import Message, ToolCallBlock, ToolResultBlock, tool_result
from openclaw.errors import BadModelRequest, ContextOverflow, ProviderError, ProviderTimeout, RunAborted
from openclaw.ports.clock import Clock
from openclaw.ports.lanes import Outlook
from openclaw.ports.models import Candidate
from openclaw.ports.run_events import RunEmitter
from openclaw.ports.store import (
    Claim,
    Committed,
    ContextMark,
    Finished,
    FinishRequest,
    RunChanges,
    RunStore,
    StepRecord,
    Wait,
)
from openclaw.ports.tool import Suspension, Tool, ToolContext

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TurnParts:
    """What a turn works with."""

    runs: RunStore
    runtime: AgentRuntime
    clock: Clock

    @property
    def limits(self) -> RunLimits:
        return self.runtime.limits


@dataclass(frozen=True, slots=True)
class Suspended:
    """The turn waits; its lane is to be parked."""

    outlook: Outlook


@dataclass(slots=True)
class Turn:
    """The state of one turn while its worker drives it."""

    parts: TurnParts
    claim: Claim
    hold: TurnHold
    emitter: RunEmitter
    agent: AgentProfile
    plan: PlanReplies
    history: list[Message] = field(init=False)
    steps: list[StepRecord] = field(init=False)
    usage: Usage = field(init=False)
    client_tools: ClientTools = field(init=False)
    given: GivenCall | None = field(init=False)
    tools: dict[str, Tool] = field(init=False)
    keeper: ContextKeeper = field(init=False)
    draft: Draft = field(default_factory=Draft)
    answered_by: tuple[str, str] = ("", "")

    def __post_init__(self) -> None:
        self.history = list(self.claim.history)
        self.steps = list(self.claim.steps)
        self.usage = self.claim.usage
        self.client_tools = ClientTools.of(self.claim.options)
        self.given = GivenCall.from_options(self.claim.options)
        self.tools = self._allowed_tools()
        spent = (self.parts.clock() - self.claim.started_at_ms) / 1000
        limit = float(self.claim.options.get("timeout_seconds") or self.parts.limits.total_seconds)
        self.hold.deadline_at = time.monotonic() + limit - spent
        self.hold.no_progress_seconds = self.parts.limits.no_progress_seconds
        self.keeper = ContextKeeper(
            self.parts.runtime.router,
            self.agent.context,
            self.hold,
            self.parts.clock,
            self.claim.context,
            prunable_until(self.history),
        )

    def _allowed_tools(self) -> dict[str, Tool]:
        """What the agent may use for whoever this turn is for."""
        known, allowed = self.parts.runtime.tools, self.agent.tools
        for_sender = decide(known, owner_layers(is_owner=self.claim.is_owner)).allowed
        return {n: t for n, t in known.items() if (allowed is None or n in allowed) and n in for_sender}

    def drive(self) -> tuple[FinishRequest, Finished] | Suspended:
        """Go on behind the last committed step until the turn is over. Raises RunAborted for drain and lost leases."""
        try:
            return self._drive()
        except RunAborted as abort:
            reason = self._reason(abort)
            request = ending.aborted(reason, self.draft.shown, self.plan, self.parts.limits, self.parts.clock())
        except ending.EXPECTED as error:
            request = ending.failed(error, self.plan, self.parts.clock())
        return request, self._end(request)

    def _reason(self, abort: RunAborted) -> str:
        """Why the turn ends. A bare signal is looked up; one meant for an earlier turn hands this one on."""
        if abort.reason in {"fence", "drain"}:
            raise abort
        if abort.reason != "signal":
            return abort.reason
        reason = self.parts.runs.commit(self.claim, RunChanges(), self.parts.clock()).abort_reason
        if not reason:
            raise RunAborted("drain")
        return reason

    def _drive(self) -> tuple[FinishRequest, Finished] | Suspended:
        if self.claim.abort_reason:
            raise RunAborted(self.claim.abort_reason)
        if self.claim.barren_attempts >= self.parts.limits.max_barren_attempts:
            request = ending.interrupted(self.plan, self.parts.clock())
            return request, self._end(request)
        if self.claim.wait is not None:
            self._take_answer(self.claim.wait)
        over: tuple[FinishRequest, Finished] | Suspended | None
        while True:
            self.hold.token.raise_if_cancelled()
            match self._next():
                case AskModel():
                    over = self._model_step()
                case RunTools(calls, began):
                    over = self._tool_step(calls, began)
                case Answer(text):
                    over = self._finish(text, RunChanges(), "stop")
                case HandBack(text):
                    over = self._finish(text, RunChanges(), StopReason.TOOL_CALLS.value)
                case StartCall(call):
                    self._start_call(call)
                    over = None
                case CompactNow(hint):
                    over = self._compact_as_asked(hint)
                case Told(text):
                    over = self._finish_as(ending.told(text, self.plan, self.parts.clock()))
                case CallEnded(result):
                    over = self._finish_as(ending.called(result, self.plan, self.parts.clock()))
            if over is not None:
                return over

    def _next(self) -> NextAction | StartCall | CallEnded | CompactNow | Told:
        if self.given is not None:
            return next_of_call(self.given.call, self.history, self.steps)
        asked = next_of_compaction(self.claim.options, self.steps)
        return asked or next_action(self.history, self.steps, self.client_tools.names)

    # --- model ------------------------------------------------------------------------------------------------

    def _model_step(self) -> tuple[FinishRequest, Finished] | None:
        asked = model_calls(self.steps)
        if asked >= self.parts.limits.max_model_calls:
            raise BadModelRequest(f"the turn used all of its {asked} model calls")
        router, request = self.parts.runtime.router, self._request()
        candidates = self.keeper.usable(self._candidates())
        if candidates and self._lightened(candidates, request):
            return None
        index = next_index(self.steps)
        item = f"{self.claim.run_id}:{index}"
        if self.claim.resumed and index == next_index(self.claim.steps):
            # Whatever an earlier attempt showed of this step was never committed.
            self.emitter.restart(item)
        try:
            answer = ask_model(router, candidates, request, self.emitter, self.hold, self.draft, item, self.parts.clock)
        except (ContextOverflow, ProviderTimeout) as error:
            if not self._relieved(error, candidates, request):
                raise
            return None
        self.answered_by = (answer.provider, answer.model)
        step = StepRecord(index, StepKind.MODEL, StepStatus.FINISHED, self.claim.fence, payload=_facts(answer))
        changes = RunChanges(
            messages=(answer.message,) if answer.message.blocks else (),
            finished=(step,),
            usage=answer.usage,
            context_tokens=weight_of(answer.usage) if answer.message.blocks else 0,
        )
        calls = [call for call in answer.message.tool_calls if call.name not in self.client_tools.names]
        if not calls:
            return self._finish(answer.message.text, changes, answer.stop_reason.value)
        started = self._started(index + 1, calls[0])
        reach(CrashPoint.MODEL_STEP_BEFORE_COMMIT)
        self._commit(replace(changes, started=(started,)))
        self.draft.clear()
        reach(CrashPoint.MODEL_STEP_AFTER_COMMIT)
        return None

    def _candidates(self) -> Sequence[Candidate]:
        wanted = str(self.claim.options.get("model") or "")
        return self.parts.runtime.router.candidates(self.agent.agent_id, wanted)

    def _request(self) -> RequestFactory:
        return RequestFactory(
            system=system_prompt(
                self.agent.name,
                self.agent.workspace,
                self.agent.instructions,
                str(self.claim.options.get("extra_system_prompt") or ""),
            ),
            messages=tuple(self.history),
            tools=self.client_tools.beside(tool.spec for tool in self.tools.values()),
            idle_timeout_seconds=self.parts.limits.no_progress_seconds,
            tool_choice=self.client_tools.choice,
            max_output_tokens=int(self.claim.options.get("max_output_tokens") or 0),
            limits=self.agent.context,
            trim_before=self.keeper.trim_before,
            squeezed=self.keeper.squeezed,
        )

    # --- context ----------------------------------------------------------------------------------------------

    def _lightened(self, candidates: Sequence[Candidate], request: RequestFactory) -> bool:
        """Whether the conversation was compacted because the next request would not fit."""
        window = self.keeper.window(candidates[0])
        too_heavy = not just_compacted(self.steps) and self.keeper.too_heavy(self.history, request, window)
        return too_heavy and self._compact("window", candidates)

    def _relieved(self, error: ProviderError, candidates: Sequence[Candidate], request: RequestFactory) -> bool:
        """Whether something was done after which it makes sense to ask again."""
        window = self.keeper.window(candidates[0])
        reason = self.keeper.relief(error, self.history, self.steps, request, window)
        if reason and self._compact(reason, candidates):
            return True
        return isinstance(error, ContextOverflow) and self.keeper.squeeze()

    def _compact_as_asked(self, hint: str) -> tuple[FinishRequest, Finished] | None:
        candidates = self.keeper.usable(self._candidates())
        if self._compact("asked", candidates, hint):
            return None
        return self._finish_as(ending.told(NOTHING_TO_DO, self.plan, self.parts.clock()))

    def _compact(self, reason: str, candidates: Sequence[Candidate], hint: str = "") -> bool:
        """A step of its own: should it be cut, the conversation is as it was."""
        self._emit(EventKind.COMPACTION, {"phase": "start", "reason": reason})
        made = self.keeper.compact(self.history, candidates, hint, all_but_newest=reason == "asked")
        if made is not None:
            self.history = list(made.history)
            facts = {
                "reason": reason,
                "by_model": made.by_model,
                "tokens_before": made.record.tokens_before,
                "tokens_after": made.record.tokens_after,
            }
            index = next_index(self.steps)
            step = StepRecord(index, StepKind.COMPACTION, StepStatus.FINISHED, self.claim.fence, payload=facts)
            self._commit(RunChanges(finished=(step,), usage=made.usage, compaction=made.record))
        self._emit(EventKind.COMPACTION, {"phase": "end", "reason": reason, "completed": made is not None})
        return made is not None

    # --- tools ------------------------------------------------------------------------------------------------

    def _tool_step(self, calls: tuple[ToolCallBlock, ...], began: frozenset[str]) -> Suspended | None:
        call, rest = calls[0], calls[1:]
        index, was_running = self._tool_index(call)
        reach(CrashPoint.TOOL_STEP_BEFORE_RUN)
        started_at = self.parts.clock()
        self._emit(EventKind.TOOL_START, {"call_id": call.id, "name": call.name, "args": call.arguments})
        result = run_call(
            self.tools,
            call,
            self._context(index),
            began=was_running and call.id in began,
        )
        self.hold.progressed()
        if isinstance(result, Suspension):
            return self._suspend(index, call, rest, result)
        self._emit(
            EventKind.TOOL_END,
            {
                "call_id": call.id,
                "name": call.name,
                "text": result.text,
                "is_error": result.is_error,
                "started_at_ms": started_at,
            },
        )
        reach(CrashPoint.TOOL_STEP_BEFORE_COMMIT)
        self._finish_call(index, call, result, rest)
        reach(CrashPoint.TOOL_STEP_AFTER_COMMIT)
        return None

    def _start_call(self, call: ToolCallBlock) -> None:
        started = self._started(next_index(self.steps), call)
        self._commit(RunChanges((Message("assistant", (call,)),), started=(started,)))

    def _finish_call(
        self, index: int, call: ToolCallBlock, result: ToolResultBlock, rest: tuple[ToolCallBlock, ...]
    ) -> None:
        done = StepRecord(index, StepKind.TOOL, StepStatus.FINISHED, self.claim.fence, call.id, call.name)
        started = (self._started(index + 1, rest[0]),) if rest else ()
        steered = self._commit(RunChanges((tool_result(result),), (done,), started))
        if steered and rest:
            # The person changed direction: calls that had not started are answered without running them.
            voids = tuple(tool_result(skipped(c)) for c in rest)
            ended = tuple(
                StepRecord(index + 1 + n, StepKind.TOOL, StepStatus.FINISHED, self.claim.fence, c.id, c.name)
                for n, c in enumerate(rest)
            )
            self._commit(RunChanges(voids, ended))

    def _tool_index(self, call: ToolCallBlock) -> tuple[int, bool]:
        """The call's step, and whether an earlier attempt has started it."""
        for step in self.steps:
            if step.call_id == call.id and step.status is StepStatus.STARTED:
                return step.index, step.fence != self.claim.fence
        # A call without a recorded start: the first one after an unusual ending of the step before it.
        started = self._started(next_index(self.steps), call)
        self._commit(RunChanges(started=(started,)))
        return started.index, False

    def _suspend(
        self, index: int, call: ToolCallBlock, rest: tuple[ToolCallBlock, ...], suspension: Suspension
    ) -> Suspended | None:
        wait = Wait(
            id=self._wait_id(index),
            kind=suspension.kind,
            call_id=call.id,
            payload=suspension.payload,
            due_at_ms=suspension.due_at_ms,
        )
        outlook = self.parts.runs.suspend(self.claim, RunChanges(), wait, self.parts.clock())
        if outlook is not None:
            return Suspended(outlook)
        # Not parked: the answer was there already, or a steer or an abort is waiting.
        stored = self.parts.runs.wait(wait.id)
        self._finish_call(index, call, waited(call, stored.answer if stored else None), rest)
        return None

    def _wait_id(self, index: int) -> str:
        return f"{self.claim.run_id}:{index}"

    def _take_answer(self, wait: Wait) -> None:
        """The run was suspended: the answer, or its absence, is the waiting call's result."""
        match self._next():
            case RunTools(calls, _) if any(c.id == wait.call_id for c in calls):
                call = next(c for c in calls if c.id == wait.call_id)
                index, _ = self._tool_index(call)
                rest = tuple(c for c in calls if c.id != wait.call_id)
                self._finish_call(index, call, waited(call, wait.answer), rest)
            case _:
                return

    def _context(self, index: int) -> ToolContext:
        facts: dict[str, Any] = {**self.claim.session, "usage": self.usage.to_json()}
        provider, model = self.answered_by
        return ToolContext(
            run_id=self.claim.run_id,
            session_key=self.given.session_key if self.given else self.claim.session_key,
            agent_id=self.agent.agent_id,
            workspace=self.agent.workspace,
            model=f"{provider}/{model}" if provider else "",
            cancel=self.hold.token,
            wait_id=self._wait_id(index),
            session=dict(self.given.session) if self.given else facts,
        )

    # --- commits ----------------------------------------------------------------------------------------------

    def _started(self, index: int, call: ToolCallBlock) -> StepRecord:
        return StepRecord(
            index,
            StepKind.TOOL,
            StepStatus.STARTED,
            self.claim.fence,
            call.id,
            call.name,
            {"arguments": call.arguments},
        )

    def _commit(self, changes: RunChanges) -> bool:
        """Commit and go on from what was committed; true when steers came in."""
        committed = self.parts.runs.commit(self.claim, changes, self.parts.clock())
        return self._absorb(changes, committed)

    def _absorb(self, changes: RunChanges, committed: Committed) -> bool:
        by_index = {s.index: s for s in (*self.steps, *changes.started, *changes.finished)}
        self.steps = [by_index[i] for i in sorted(by_index)]
        first = committed.last_seq - len(changes.messages) + 1
        said = (*changes.messages, *committed.steers)
        self.history.extend(replace(message, seq=seq) for seq, message in enumerate(said, start=first))
        if changes.context_tokens:
            self.keeper.mark = ContextMark(changes.context_tokens, committed.last_seq)
        self.usage = self.usage + changes.usage
        self.hold.progressed()
        if committed.joined_run_ids:
            self._emit(EventKind.STEERED, {"run_ids": list(committed.joined_run_ids)})
        if committed.abort_reason:
            raise RunAborted(committed.abort_reason)
        return bool(committed.steers)

    def _finish(self, text: str, changes: RunChanges, stop_reason: str) -> tuple[FinishRequest, Finished] | None:
        provider, model = self.answered_by
        request = ending.succeeded(
            text,
            changes,
            self.plan,
            stop_reason=stop_reason,
            provider=provider,
            model=model,
            now_ms=self.parts.clock(),
        )
        return self._finish_as(request)

    def _finish_as(self, request: FinishRequest) -> tuple[FinishRequest, Finished] | None:
        """End the turn, or go on with the steers that came."""
        finished = self.parts.runs.finish(self.claim, request)
        if isinstance(finished, Finished):
            self.usage = self.usage + request.changes.usage
            return request, finished
        self.draft.clear()
        self._absorb(request.changes, finished)
        return None

    def _end(self, request: FinishRequest) -> Finished:
        finished = self.parts.runs.finish(self.claim, request)
        if isinstance(finished, Committed):
            raise TypeError("only a successful turn goes on")
        return finished

    def _emit(self, kind: EventKind, data: dict[str, Any]) -> None:
        self.emitter.emit(RunEvent(kind, data, self.parts.clock()))


def _facts(answer: ModelAnswer) -> dict[str, Any]:
    return {
        "provider": answer.provider,
        "model": answer.model,
        "stop_reason": answer.stop_reason.value,
        "usage": answer.usage.to_json(),
    }

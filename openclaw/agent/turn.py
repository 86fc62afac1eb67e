"""One turn between claim and finish: model and tool steps, each committed before the next starts."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from openclaw.agent import ending
from openclaw.agent.asked_compaction import CompactNow, Told, next_of_compaction
from openclaw.agent.client_tools import ClientTools
from openclaw.agent.ending import PlanReplies
from openclaw.agent.given_call import CallEnded, GivenCall, StartCall, next_of_call
from openclaw.agent.holds import TurnHold
from openclaw.agent.next_action import Answer, AskModel, HandBack, NextAction, RunTools, next_action
from openclaw.agent.profile import AgentProfile
from openclaw.agent.turn_log import Ended, Suspended, TurnLog, TurnParts
from openclaw.agent.turn_models import ModelSteps
from openclaw.agent.turn_tools import ToolSteps
from openclaw.domain.containment import SANDBOX
from openclaw.domain.run import StopReason
from openclaw.domain.tool_chain import ToolScene
from openclaw.domain.tool_policy import PolicyLayer, decide
from openclaw.errors import ConfigError, RunAborted
from openclaw.ports.run_events import RunEmitter
from openclaw.ports.store import Claim, RunChanges

__all__ = ["Suspended", "Turn", "TurnParts"]


@dataclass(slots=True)
class Turn:
    """Drives one turn while its worker holds the lane."""

    parts: TurnParts
    claim: Claim
    hold: TurnHold
    emitter: RunEmitter
    agent: AgentProfile
    plan: PlanReplies
    log: TurnLog = field(init=False)
    client_tools: ClientTools = field(init=False)
    given: GivenCall | None = field(init=False)
    models: ModelSteps = field(init=False)
    tools: ToolSteps = field(init=False)

    def __post_init__(self) -> None:
        self.log = TurnLog(self.parts, self.claim, self.hold, self.emitter, self.plan, self.agent)
        self.hold.flush_due = self._flush_due
        self.client_tools = ClientTools.of(self.claim.options)
        self.given = GivenCall.from_options(self.claim.options)
        layers = self._layers()
        # What comes from elsewhere never stands in for ours.
        known = {**self.parts.runtime.remote_tools(layers), **self.parts.runtime.tools}
        decision = decide(known, layers)
        tools = {name: tool for name, tool in known.items() if name in decision.allowed}
        skills = self.parts.runtime.skills_of(self.agent.agent_id)
        specs = [tool.spec for tool in tools.values()]
        self.tools = ToolSteps(self.log, self.agent, tools, decision.removed, self.given, skills)
        self.models = ModelSteps(self.log, self.agent, self.client_tools, specs, skills, self.tools)
        spent = (self.parts.clock() - self.claim.started_at_ms) / 1000
        limit = float(self.claim.options.get("timeout_seconds") or self.parts.limits.total_seconds)
        self.hold.deadline_at = time.monotonic() + limit - spent
        self.hold.no_progress_seconds = self.parts.limits.no_progress_seconds

    def _flush_due(self) -> None:
        """Called every moment by whoever watches over the turn, while the model may be silent."""
        self.log.typing.refresh()
        self.emitter.flush_due()

    def _layers(self) -> tuple[PolicyLayer, ...]:
        """What decides about the tools of this turn, for whoever it is for."""
        claim, runtime, given = self.claim, self.parts.runtime, self.given
        scene = ToolScene(
            session_key=given.session_key if given else claim.session_key,
            model=self._model(),
            sender=claim.sender,
            is_owner=claim.is_owner,
            sandbox=str(claim.options.get(SANDBOX) or ""),
        )
        return tuple(runtime.tool_book.layers(scene))

    def _model(self) -> str:
        """The model that is asked first, ``vendor/model``."""
        wanted = str(self.claim.options.get("model") or "")
        try:
            return str(self.parts.runtime.router.candidates(self.agent.agent_id, wanted)[0].ref)
        except ConfigError:
            return wanted  # asking it will say what is wrong

    def drive(self) -> Ended | Suspended:
        """Go on behind the last committed step until the turn is over. Raises RunAborted for drain and lost leases."""
        self.log.typing.begin()
        try:
            return self._drive_to_end()
        finally:
            self.log.typing.stop()
            if self.log.preview is not None:
                self.log.preview.stop()

    def _drive_to_end(self) -> Ended | Suspended:
        try:
            return self._drive()
        except RunAborted as abort:
            reason = self._reason(abort)
            request = ending.aborted(reason, self.log.draft.shown, self.plan, self.parts.limits, self.parts.clock())
        except ending.EXPECTED as error:
            request = ending.failed(error, self.plan, self.parts.clock())
        return self.log.end(request)

    def _reason(self, abort: RunAborted) -> str:
        """Why the turn ends. A bare signal is looked up; one meant for an earlier turn hands this one on."""
        if abort.reason in {"fence", "drain"}:
            raise abort
        if abort.reason != "signal":
            return abort.reason
        reason = self.log.abort_reason()
        if not reason:
            raise RunAborted("drain")
        return reason

    def _drive(self) -> Ended | Suspended:
        if self.claim.abort_reason:
            raise RunAborted(self.claim.abort_reason)
        if self.claim.barren_attempts >= self.parts.limits.max_barren_attempts:
            return self.log.end(ending.interrupted(self.plan, self.parts.clock()))
        over: Ended | Suspended | None = self._take_answer()
        while over is None:
            self.hold.token.raise_if_cancelled()
            over = self._step()
        return over

    def _step(self) -> Ended | Suspended | None:
        log, now_ms = self.log, self.parts.clock()
        match self._next():
            case AskModel():
                return self.models.ask()
            case RunTools(calls, began):
                return self.tools.run(calls, began)
            case Answer(text):
                return log.succeed(text, RunChanges(), "stop")
            case HandBack(text):
                return log.succeed(text, RunChanges(), StopReason.TOOL_CALLS.value)
            case StartCall(call):
                self.tools.start(call)
                return None
            case CompactNow(hint):
                return self.models.compact_as_asked(hint)
            case Told(text):
                return log.finish(ending.told(text, self.plan, now_ms))
            case CallEnded(result):
                return log.finish(ending.called(result, self.plan, now_ms))

    def _next(self) -> NextAction | StartCall | CallEnded | CompactNow | Told:
        if self.given is not None:
            return next_of_call(self.given.call, self.log.history, self.log.steps)
        asked = next_of_compaction(self.claim.options, self.log.steps)
        return asked or next_action(self.log.history, self.log.steps, self.client_tools.names)

    def _take_answer(self) -> Suspended | None:
        """The run was suspended: go on with the call that it waited for."""
        wait, following = self.claim.wait, self._next()
        if wait is None or not isinstance(following, RunTools):
            return None
        return self.tools.take_answer(wait, following.calls)

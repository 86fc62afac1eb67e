"""The model's part of a turn: asking it, and keeping the conversation within its window."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from openclaw.agent import ending
from openclaw.agent.asked_compaction import NOTHING_TO_DO
from openclaw.agent.caps import check_caps
from openclaw.agent.client_tools import ClientTools
from openclaw.agent.context_keeper import ContextKeeper, just_compacted, weight_of
from openclaw.agent.memory_flush import MemoryFlush
from openclaw.agent.model_step import ModelAnswer, RequestFactory, ask_model
from openclaw.agent.next_action import first_unfinished, next_index
from openclaw.agent.profile import AgentProfile
from openclaw.agent.prompt import Scene, files_of, system_prompt
from openclaw.agent.turn_budget import TurnBudget
from openclaw.agent.turn_log import Ended, Suspended, TurnLog
from openclaw.agent.turn_media import TurnMedia
from openclaw.agent.turn_tools import ToolSteps
from openclaw.domain.auth_order import pin_of
from openclaw.domain.crash_points import CrashPoint, reach
from openclaw.domain.dials import THINKING
from openclaw.domain.events import EventKind
from openclaw.domain.heartbeat import HEARTBEAT, HEARTBEAT_FILE
from openclaw.domain.model_rest import OF_ACCOUNT
from openclaw.domain.run import StepKind
from openclaw.domain.skill_commands import called_skill
from openclaw.domain.speech import about_speech, as_shown
from openclaw.errors import BudgetBusy, ContextOverflow, ModelsResting, ProviderError, ProviderTimeout
from openclaw.ports.models import Candidate
from openclaw.ports.provider import ToolSpec
from openclaw.ports.skills import SkillSnapshot
from openclaw.ports.store import RunChanges, Wait

#: How long a turn waits for calls that hold what is left of a budget, before it asks again.
BUDGET_WAIT_MS = 2_000
#: How long a turn waits for a model that rests; when all rest for longer, or what is wrong with an account takes a
#: person, it ends and its person is told.
REST_WAIT_MS = 120_000


@dataclass(slots=True)
class ModelSteps:
    """Makes the model steps of one turn, and its compactions."""

    log: TurnLog
    agent: AgentProfile
    client_tools: ClientTools
    tools: Sequence[ToolSpec]
    skills: SkillSnapshot
    steps: ToolSteps
    keeper: ContextKeeper = field(init=False)
    budget: TurnBudget = field(init=False)
    flush: MemoryFlush = field(init=False)
    media: TurnMedia = field(init=False)

    def __post_init__(self) -> None:
        self.budget = TurnBudget(self.log)
        self.media = TurnMedia(self.log)
        self.flush = MemoryFlush(self.log, self.steps.tools, self.steps.context, self.budget.charge)
        self.keeper = ContextKeeper(self.log, self.agent.context)

    def ask(self) -> Ended | Suspended | None:
        """Make one model step; how the turn ended or why it waits, ``None`` when it goes on."""
        log, claim = self.log, self.log.claim
        check_caps(log.steps, log.usage, log.parts.limits)
        candidates = self._candidates()
        waits = self.media.wait(candidates[0].info) if candidates else None
        if waits is not None:
            return waits
        request = self._request()
        if candidates and self._lightened(candidates, request):
            return None
        index = log.next_index
        # An answer that was cut short has its step already, and the stream knows it by that.
        item = f"{claim.run_id}:{first_unfinished(log.steps)}"
        if claim.resumed and index == next_index(claim.steps):
            # Whatever an earlier attempt showed of this step was never committed.
            log.emitter.restart(item)
        if candidates:
            # What stands before an answer that leaves early can name no other.
            log.answered_by = (candidates[0].ref.provider, candidates[0].ref.model)
        if log.blocks is not None:
            log.blocks.begin(index)
        if log.preview is not None:
            log.preview.restart()
        try:
            answer = self._paid(candidates, request, item, index)
        except (ContextOverflow, ProviderTimeout) as error:
            if not self._relieved(error, candidates, request):
                raise
            return None
        except BudgetBusy:
            return self._later(index, "budget", log.now_ms() + BUDGET_WAIT_MS)
        except ModelsResting as error:
            if error.reason in OF_ACCOUNT or error.until_ms - log.now_ms() > REST_WAIT_MS:
                raise
            return self._later(index, "models", error.until_ms)
        log.answered_by = (answer.provider, answer.model)
        return self._commit(answer, index)

    def _paid(self, candidates: Sequence[Candidate], request: RequestFactory, item: str, index: int) -> ModelAnswer:
        """Ask, with what it may use held of the turn's budgets. Raises as ``ask_model``, BudgetSpent or BudgetBusy."""
        log = self.log
        self.budget.hold(index, candidates, request, self.keeper)
        try:
            return ask_model(
                log.parts.runtime.router, candidates, request, log.watched, log.hold, log.draft, item, log.parts.clock
            )
        except ModelsResting:
            self.budget.let_go()
            raise
        except Exception:
            self.budget.give_up()
            raise

    def _later(self, index: int, why: str, due_at_ms: int) -> Suspended | None:
        """Park the turn until it makes sense to ask again: calls that hold what is left of a budget will be settled by
        then, or a model has rested.
        """
        log = self.log
        return log.park(Wait(f"{log.claim.run_id}:{index}:{log.claim.fence}", why, "", {}, due_at_ms))

    def _commit(self, answer: ModelAnswer, index: int) -> Ended | None:
        log, said = self.log, answer.message
        changes = RunChanges(
            messages=(said,) if said.blocks else (),
            finished=(log.step(index, StepKind.MODEL, _facts(answer)),),
            usage=answer.usage,
            charge=self.budget.charge(),
            context_tokens=weight_of(answer.usage) if said.blocks else 0,
            auth_pin=pin_of(answer.provider, answer.profile),
        )
        calls = [call for call in said.tool_calls if call.name not in self.client_tools.names]
        if not calls:
            return log.succeed(said.text, changes, answer.stop_reason.value)
        if log.blocks is not None:
            log.blocks.close(as_shown(said.text))
        reach(CrashPoint.MODEL_STEP_BEFORE_COMMIT)
        log.commit(replace(changes, started=(log.started(index + 1, calls[0]),)))
        log.draft.clear()
        reach(CrashPoint.MODEL_STEP_AFTER_COMMIT)
        return None

    def compact_as_asked(self, hint: str) -> Ended | None:
        """Compact because somebody wants it; the end of the turn when there was nothing to do."""
        if self._compact("asked", self._candidates(), self._request(), hint):
            return None
        return self.log.finish(ending.told(NOTHING_TO_DO, self.log.plan, self.log.now_ms()))

    def _candidates(self) -> Sequence[Candidate]:
        wanted = str(self.log.claim.options.get("model") or "")
        router = self.log.parts.runtime.router
        return self.keeper.usable(router.candidates(self.agent.agent_id, wanted, self.log.auth_pin))

    def _request(self) -> RequestFactory:
        options = self.log.claim.options
        return RequestFactory(
            system=system_prompt(
                Scene(
                    name=self.agent.name,
                    workspace=self.agent.workspace,
                    session_key=self.log.claim.session_key,
                    # The day that the turn began: another one in the middle of it would void the vendor's cache.
                    now_ms=self.log.claim.started_at_ms,
                    instructions=self.agent.instructions,
                    extra=self._extra(),
                    speech=about_speech(self.log.speech.mode),
                    files=self._files(),
                    has_tools=bool(self.tools),
                    # Whoever cannot read them has no use for their list.
                    skills=self.skills.section if any(tool.name == "read" for tool in self.tools) else "",
                )
            ),
            messages=tuple(self.log.history),
            tools=self.client_tools.beside(self.tools),
            idle_timeout_seconds=self.log.parts.limits.no_progress_seconds,
            tool_choice=self.client_tools.choice,
            max_output_tokens=int(options.get("max_output_tokens") or 0),
            limits=self.agent.context,
            thinking=THINKING.read(str(options.get(THINKING.key) or "")) or self.agent.thinking,
            trim_before=self.keeper.trim_before,
            squeezed=self.keeper.squeezed,
            media=self.media.shown,
        )

    def _files(self) -> tuple[str, ...] | None:
        """A heartbeat looks at the file about heartbeats, and at others only if it is to know all."""
        option = self.log.claim.options.get(HEARTBEAT)
        if option is None:
            return None
        others = () if option.get("light", True) else files_of(self.log.claim.session_key)
        return (*others, HEARTBEAT_FILE)

    def _extra(self) -> str:
        """The turn's own wishes, and the skill that its message calls."""
        asked = next((message.text for message in reversed(self.log.claim.history) if message.role == "user"), "")
        wished = str(self.log.claim.options.get("extra_system_prompt") or "")
        return "\n\n".join(filter(None, (wished, called_skill(asked, self.skills.commands))))

    def _lightened(self, candidates: Sequence[Candidate], request: RequestFactory) -> bool:
        """Whether the conversation was compacted because the next request would not fit."""
        window = self.keeper.window(candidates[0])
        if just_compacted(self.log.steps) or not self.keeper.too_heavy(request, window):
            return False
        if self.flush.due():
            day = time.strftime("%Y-%m-%d", time.gmtime(self.log.claim.started_at_ms / 1000))
            self.flush.run(candidates, request, day, self.agent.context.compaction_seconds)
        return self._compact("window", candidates, request)

    def _relieved(self, error: ProviderError, candidates: Sequence[Candidate], request: RequestFactory) -> bool:
        """Whether something was done after which it makes sense to ask again."""
        reason = self.keeper.relief(error, request, self.keeper.window(candidates[0]))
        if reason and self._compact(reason, candidates, request):
            return True
        return isinstance(error, ContextOverflow) and self.keeper.squeeze()

    def _compact(self, reason: str, candidates: Sequence[Candidate], request: RequestFactory, hint: str = "") -> bool:
        """A step of its own: should it be cut, the conversation is as it was."""
        log = self.log
        try:
            self.budget.hold(log.next_index, candidates, request, self.keeper)
        except BudgetBusy:
            return False  # the call that this was for will wait for its budget as well
        log.emit(EventKind.COMPACTION, {"phase": "start", "reason": reason})
        made = self.keeper.compact(candidates, hint, all_but_newest=reason == "asked")
        if made is not None:
            log.history = list(made.history)
            facts = {
                "reason": reason,
                "by_model": made.by_model,
                "tokens_before": made.record.tokens_before,
                "tokens_after": made.record.tokens_after,
            }
            step = log.step(log.next_index, StepKind.COMPACTION, facts)
            log.commit(
                RunChanges(finished=(step,), usage=made.usage, charge=self.budget.charge(), compaction=made.record)
            )
        else:
            self.budget.let_go()
        log.emit(EventKind.COMPACTION, {"phase": "end", "reason": reason, "completed": made is not None})
        return made is not None


def _facts(answer: ModelAnswer) -> dict[str, Any]:
    return {
        "provider": answer.provider,
        "model": answer.model,
        "stop_reason": answer.stop_reason.value,
        "usage": answer.usage.to_json(),
    }

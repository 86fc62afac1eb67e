"""From a doorbell to ``done``: begin, claim, drive the turn, end it, pass the slot on.

Owns the order of the durable effects around a turn and what each failure means for the lane. A turn that lost its
lease leaves everything as it is: whoever has the higher fence goes on from the last commit.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from openclaw.agent import ending
from openclaw.agent.ending import PlanReplies
from openclaw.agent.forgiving import ForgivingEmitter
from openclaw.agent.holds import HoldRegister, TurnHold
from openclaw.agent.replies import plan_of
from openclaw.agent.runtime import AgentRuntime, Runtimes
from openclaw.agent.turn import Suspended, Turn, TurnParts
from openclaw.domain.crash_points import CrashPoint, reach
from openclaw.domain.events import EventKind, RunEvent, RunRef
from openclaw.errors import (
    LanesRolledBack,
    RedisUnavailable,
    RunAborted,
    StaleFence,
    StoreUnavailable,
    UnknownAgent,
)
from openclaw.intake.lane_keeper import LaneKeeper
from openclaw.ports.budgets import BudgetStore
from openclaw.ports.clock import Clock
from openclaw.ports.lanes import Grant, Lanes, LaneState, Outlook
from openclaw.ports.media_files import MediaFiles
from openclaw.ports.run_events import RunEmitter
from openclaw.ports.store import Claim, ControlStore, Finished, FinishRequest, NoWork, RunStore, RunView

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RunnerParts:
    """What the runner works with."""

    lanes: Lanes
    keeper: LaneKeeper
    control: ControlStore
    runs: RunStore
    budgets: BudgetStore
    files: MediaFiles
    #: Asks for the words of files of a run. Raises RedisUnavailable.
    look_at_files: Callable[[str], object]
    holds: HoldRegister
    runtimes: Runtimes
    open_emitter: Callable[[RunRef], RunEmitter]
    #: host:pid, for attempts and lanes.
    owner: str
    clock: Clock
    #: Rings for a conversation at a time, in milliseconds; must not raise.
    ring_later: Callable[[str, int], object] = lambda _conversation, _due_at_ms: None
    #: Asks for the turns that sessions are owed; must not raise.
    ask_wakes: Callable[[], object] = lambda: None
    #: Asks for the speech that a run's reply waits for; must not raise.
    ask_speech: Callable[[str], object] = lambda _run_id: None
    #: Told of every turn that has ended, after it was written; must not raise.
    turn_ended: Callable[[Claim, FinishRequest], object] = lambda _claim, _request: None


class TurnRunner:
    """Runs turns, many at once, one per thread."""

    def __init__(self, parts: RunnerParts) -> None:
        self._parts = parts

    def run(self, session_id: int, fence: int) -> str:
        """Begin and finish the turn of a grant; how it went in a word. A stale grant does nothing."""
        reach(CrashPoint.BEGIN_BEFORE_LUA)
        hold = self._parts.holds.open(session_id, fence)
        try:
            if not self._parts.lanes.begin(session_id, fence, self._parts.owner):
                return "stale"
            reach(CrashPoint.BEGIN_AFTER_LUA)
            return self._run(hold)
        except LanesRolledBack:
            self._recover()
            return "rolled-back"
        except StaleFence:
            return "lost"
        except StoreUnavailable as error:
            log.warning("session %d: the database is away, the turn goes on later: %s", session_id, error)
            return "store-away"
        finally:
            self._parts.holds.close(hold)

    def _run(self, hold: TurnHold) -> str:
        claimed = self._claim(hold)
        reach(CrashPoint.CLAIM_AFTER_COMMIT)
        if isinstance(claimed, NoWork):
            return self._no_work(hold, claimed)
        emitter = ForgivingEmitter(self._parts.open_emitter(_ref(claimed)))
        hold.run_id, hold.flush_due = claimed.run_id, emitter.flush_due
        emitter.emit(*self._opening(claimed))
        runtime = self._parts.runtimes(claimed.config_version)
        try:
            over = self._drive(claimed, hold, emitter, runtime)
        except RunAborted as abort:
            if abort.reason == "drain":
                # Handed on: the lane is ready again and another worker resumes behind the last commit.
                self._done(hold, Outlook(seen_ordinal=0, more=True))
            return abort.reason
        if isinstance(over, Suspended):
            self._pass_on(lambda: self._parts.lanes.suspend(hold.session_id, hold.fence, over.outlook))
            return "suspended"
        request, finished = over
        reach(CrashPoint.FINISH_AFTER_COMMIT)
        emitter.emit(*self._closing(claimed, request, finished))
        self._done(hold, finished.outlook)
        if any(chunk.speech for chunk in request.replies):
            self._parts.ask_speech(claimed.run_id)
        if finished.conversation:
            self._ring_replies(finished.conversation, request)
        if finished.owes_wake:
            self._parts.ask_wakes()
        self._parts.turn_ended(claimed, request)
        return request.status.value

    def _ring_replies(self, conversation: str, request: FinishRequest) -> None:
        delay_ms = request.replies[0].delay_ms
        if delay_ms:
            self._parts.ring_later(conversation, self._parts.clock() + delay_ms)
        else:
            self._parts.keeper.ring_replies([conversation])

    def _drive(
        self, claim: Claim, hold: TurnHold, emitter: RunEmitter, runtime: AgentRuntime
    ) -> tuple[FinishRequest, Finished] | Suspended:
        plan = plan_of(runtime.plan_for(claim.route), claim.options)
        agent = runtime.agents.get(claim.agent_id)
        if agent is None:
            return self._fail(claim, UnknownAgent(f"agent {claim.agent_id!r} is no longer configured"), plan)
        try:
            own = self._parts
            parts = TurnParts(
                runs=own.runs,
                runtime=runtime,
                clock=own.clock,
                budgets=own.budgets,
                files=own.files,
                look_at_files=own.look_at_files,
                ring_replies=own.keeper.ring_replies,
                ring_later=own.ring_later,
            )
            return Turn(parts, claim, hold, emitter, agent, plan).drive()
        except (RunAborted, StaleFence, StoreUnavailable, LanesRolledBack):
            raise
        except Exception as error:
            # A bug must not hold the session: the turn ends as failed, with an apology and the trace in the log.
            log.exception("run %s failed unexpectedly", claim.run_id)
            return self._fail(claim, error, plan)

    def _fail(self, claim: Claim, error: Exception, plan: PlanReplies) -> tuple[FinishRequest, Finished]:
        request = ending.failed(error, plan, self._parts.clock())
        finished = self._parts.runs.finish(claim, request)
        if not isinstance(finished, Finished):
            raise TypeError("only a successful turn goes on")
        return request, finished

    def _claim(self, hold: TurnHold) -> Claim | NoWork:
        try:
            version = self._parts.runtimes(None).version
            return self._parts.runs.claim(
                hold.session_id, hold.fence, self._parts.owner, self._parts.clock(), config_version=version
            )
        except StaleFence:
            views = self._parts.lanes.view([hold.session_id])
            if views and views[0].fence == hold.fence and views[0].state is LaneState.RUNNING:
                # Redis believes in a fence that SQL has left behind: its last writes are gone.
                raise LanesRolledBack from None
            raise

    def _no_work(self, hold: TurnHold, nothing: NoWork) -> str:
        if nothing.parked:
            self._pass_on(lambda: self._parts.lanes.suspend(hold.session_id, hold.fence, nothing.outlook))
            return "parked"
        if nothing.finished_run_id:
            self._repeat_end(hold, nothing.finished_run_id)
        self._done(hold, nothing.outlook)
        return "nothing"

    def _repeat_end(self, hold: TurnHold, run_id: str) -> None:
        """Say again how the session's last run ended: a crash may have swallowed it. Listeners take it once."""
        view = self._parts.control.run_view(run_id)
        if view is None:
            return
        ref = RunRef(run_id, hold.session_id, view.session_key, view.agent_id, hold.fence)
        ForgivingEmitter(self._parts.open_emitter(ref)).emit(end_event(view))

    def _done(self, hold: TurnHold, outlook: Outlook) -> None:
        self._pass_on(lambda: self._parts.lanes.done(hold.session_id, hold.fence, outlook))

    def _pass_on(self, transition: Callable[[], list[Grant]]) -> None:
        try:
            grants = transition()
        except LanesRolledBack:
            self._recover()
            return
        except RedisUnavailable as error:
            log.warning("the lane was not told that a turn ended; its lease will say so: %s", error)
            return
        reach(CrashPoint.DONE_AFTER_LUA)
        self._parts.keeper.ring(grants)

    def _recover(self) -> None:
        try:
            self._parts.keeper.recover()
        except (RedisUnavailable, StoreUnavailable, LanesRolledBack) as error:
            log.warning("the lane table could not be rebuilt yet: %s", error)

    def _opening(self, claim: Claim) -> tuple[RunEvent, ...]:
        now = self._parts.clock()
        start = {
            "started_at_ms": claim.started_at_ms,
            "session_id": claim.session_uuid,
            "resumed": claim.resumed,
            "merged_run_ids": list(claim.merged_run_ids),
        }
        return (
            RunEvent(EventKind.STATUS, {"phase": "preparing_context"}, now),
            RunEvent(EventKind.START, start, now),
        )

    def _closing(self, claim: Claim, request: FinishRequest, finished: Finished) -> tuple[RunEvent, ...]:
        now = self._parts.clock()
        usage = request.changes.usage
        end = {
            "status": request.status.value,
            "stop_reason": request.stop_reason,
            "text": request.text,
            "error": request.error,
            "error_kind": request.error_kind,
            "provider": request.provider,
            "model": request.model,
            "usage": finished.usage.to_json(),
            "started_at_ms": claim.started_at_ms,
            "ended_at_ms": request.now_ms or now,
            "merged_run_ids": list(finished.merged_run_ids),
        }
        return (
            RunEvent(EventKind.USAGE, {"output_tokens": usage.output_tokens}, now),
            RunEvent(EventKind.MODEL, {"provider": None, "model": None}, now),
            RunEvent(EventKind.END, end, now),
        )


def end_event(view: RunView) -> RunEvent:
    """The end of a run as SQL remembers it."""
    return RunEvent(
        EventKind.END,
        {
            "status": view.status.value,
            "stop_reason": view.stop_reason,
            "text": view.text,
            "error": view.error,
            "error_kind": view.error_kind,
            "provider": view.provider,
            "model": view.model,
            "usage": view.usage.to_json(),
            "started_at_ms": view.started_at_ms,
            "ended_at_ms": view.ended_at_ms,
            "merged_run_ids": [],
        },
        view.ended_at_ms,
    )


def _ref(claim: Claim) -> RunRef:
    return RunRef(claim.run_id, claim.session_id, claim.session_key, claim.agent_id, claim.fence)

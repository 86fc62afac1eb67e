"""Sub-agents: opening their sessions, telling whoever asked of their ends, stopping them.

Opening is done in steps that change nothing when they are done again, all named after the call that asked. An end is
told by whoever sees it first: the worker whose turn it was, or the sweep. It is told once, as one message.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from typing import Any, Protocol

from openclaw.domain.budgets import paid_by
from openclaw.domain.containment import REQUIRED, SANDBOX
from openclaw.domain.dials import EXEC, MODEL, THINKING
from openclaw.domain.envelope import Sender
from openclaw.domain.queue_mode import QueueMode
from openclaw.domain.session_key import parse_session_key
from openclaw.domain.subagents import (
    ANNOUNCER_ID,
    SubagentRules,
    announcement,
    child_key,
    depth_of,
    may_ask,
    parent_sender,
    spawn_id,
    title_of,
)
from openclaw.errors import Busy, InvalidRequest, NotFound, OpenClawError, StoreUnavailable, Unavailable, UnknownAgent
from openclaw.intake import subagent_control
from openclaw.intake.machine_message import MachineMessage
from openclaw.intake.route import Route
from openclaw.intake.stopping import Stopper
from openclaw.ports.clock import Clock
from openclaw.ports.store import Accepted, Expected, NewSession, SessionChanges, SessionDesk
from openclaw.ports.subagents import Cleanup, Ended, NewSubagent, Opened, Subagent, SubagentStore, Task

log = logging.getLogger(__name__)

ANNOUNCER = Sender(ANNOUNCER_ID, "Sub-agents")
#: Ends that one sweep tells of, and children that it puts away.
PER_SWEEP = 200
#: A task whose message never came counts as over after this. Opening takes milliseconds.
NEVER_BEGUN_MS = 10 * 60_000
#: Sub-agents that a list shows.
SHOWN = 50


class SubagentIntake(Protocol):
    """What the desk needs of intake."""

    def route_of(self, session_key: str, agent_id: str | None) -> Route: ...

    def submit_machine_message(self, message: MachineMessage) -> Accepted: ...


class SubagentDesk:
    """Implements ``SubagentCalls``, and tells of ends. Thread-safe."""

    def __init__(
        self,
        store: SubagentStore,
        intake: SubagentIntake,
        stopper: Stopper,
        sessions: SessionDesk,
        clock: Clock,
        rules_of: Callable[[str], SubagentRules],
        model_meant: Callable[[str], str | None],
    ) -> None:
        self._store = store
        self._intake = intake
        self._stopper = stopper
        self._sessions = sessions
        self._clock = clock
        self._rules_of = rules_of
        self._model_meant = model_meant

    def spawn(self, task: Task) -> Opened:
        """Open a session for a task and give it the task.

        Raises InvalidRequest for what the rules do not allow, UnknownAgent, Busy or StoreUnavailable.
        """
        own = parse_session_key(task.parent_key).agent_id
        rules = self._rules_of(own)
        agent_id = task.agent_id or own
        self._check(task, rules, own, agent_id)
        run_id = spawn_id(task.wait_id)
        opened = Opened(child_key(task.parent_key, agent_id, run_id), run_id)
        route = self._intake.route_of(opened.child_key, None)
        title = title_of(task.label, task.text)
        new = NewSubagent(run_id, opened.child_key, task.parent_key, task.parent_run_id, title, task.cleanup)
        if not self._store.open(new, rules.max_children, self._clock()):
            raise InvalidRequest(
                f"{rules.max_children} sub-agents of this session are at work, which is all it may have; wait for one "
                "of them to end"
            )
        try:
            self._sessions.create(self._session(task, rules, route, title), self._clock())
            self._intake.submit_machine_message(_first_message(task, opened))
        except (Busy, InvalidRequest, UnknownAgent):
            self._store.settle(run_id, "refused", None, self._clock())
            raise
        return opened

    def settle(self, child_key: str | None = None) -> int:
        """Tell of the ends that nobody has heard of, of one child or of all; how many. Raises StoreUnavailable."""
        ended = self._store.ended(child_key, self._clock() - NEVER_BEGUN_MS, PER_SWEEP)
        return sum(self._tell(each) for each in ended)

    def turn_ended(self, session_key: str, run_id: str, *, stopped: bool) -> None:
        """A turn is over. Of a sub-agent's, whoever asked may be due to hear; one that was stopped stops its own.

        Raises nothing for what the sweep will do anyway.
        """
        try:
            if stopped:
                # Once more: a stopped turn may have opened some after it was told to stop.
                self._stopper.stop_children(session_key, run_id)
            if parse_session_key(session_key).is_subagent:
                self.settle(session_key)
        except StoreUnavailable as error:
            log.warning("the end of run %s is told later: %s", run_id, error)

    def children(self, parent_key: str) -> list[Subagent]:
        """The newest tasks that a session gave, newest first."""
        return self._store.of_parent(parent_key, SHOWN)

    def kill(self, subagent: Subagent) -> None:
        """Stop one. Whoever asked for it hears no more of it."""
        subagent_control.kill(self._store, self._stopper, subagent, "stopped-by-parent", self._clock())

    def steer(self, subagent: Subagent, text: str, key: str, payer: str) -> str:
        """Say something to one while it works, or give it another turn; the run that answers."""
        return self._intake.submit_machine_message(subagent_control.steering(subagent, text, key, payer)).run_id

    def sweep(self) -> None:
        """Tell of ends that were not told, and put away what has been over for long."""
        try:
            self.settle()
            due = self._store.untidy(self._clock(), PER_SWEEP)
            away = [child for child, cleanup in due if self._put_away(child, cleanup)]
            if away:
                self._store.tidied(away)
        except StoreUnavailable as error:
            log.warning("sub-agents are looked after later: %s", error)

    def _check(self, task: Task, rules: SubagentRules, own: str, agent_id: str) -> None:
        depth = depth_of(task.parent_key)
        if depth >= rules.max_depth:
            raise InvalidRequest(
                f"sub-agents may go {rules.max_depth} deep (agents.{own}.subagents.max_depth), and this session is "
                f"{depth} deep; do the work here"
            )
        if not may_ask(rules, own, agent_id):
            raise InvalidRequest(
                f"agent {own} may not open sub-agents under {agent_id} (agents.{own}.subagents.allow_agents)"
            )
        if task.model and self._model_meant(task.model) is None:
            raise InvalidRequest(f"no configured model is named {task.model!r}; leave it out for the agent's own")

    def _session(self, task: Task, rules: SubagentRules, route: Route, title: str) -> NewSession:
        model = task.model or rules.model
        chosen: dict[str, Any] = {
            MODEL: self._model_meant(model) if model else None,
            THINKING.key: task.thinking or rules.thinking,
            EXEC: dict(task.exec_preferences),
            SANDBOX: REQUIRED if task.contained else None,
        }
        return NewSession(
            session_key=route.session_key,
            agent_id=route.agent_id,
            lane_class=route.lane_class,
            queue=route.queue,
            channel="client",
            display_name=title,
            parent_key=task.parent_key,
            settings={name: value for name, value in chosen.items() if value},
        )

    def _tell(self, ended: Ended) -> bool:
        """Let whoever asked hear of an end; whether it is settled now."""
        if not ended.end.is_silent and ended.parent_is_there:
            message = MachineMessage(
                session_key=ended.parent_key,
                text=announcement(ended.end, secrets.token_hex(8)),
                source_key=f"subagent:{ended.run_id}",
                sender=ANNOUNCER,
                mode=QueueMode.COLLECT,
                route=ended.route,
                options=paid_by(ended.payer),
            )
            try:
                self._intake.submit_machine_message(message)
            except Busy as error:
                log.warning("session %s hears of %s later: %s", ended.parent_key, ended.end.session_key, error)
                return False
            except UnknownAgent as error:
                log.warning("nobody hears of the end of %s: %s", ended.end.session_key, error)
        now = self._clock()
        self._store.settle(ended.run_id, ended.end.outcome, self._tidy_at(ended, now), now)
        if ended.end.is_silent and parse_session_key(ended.parent_key).is_subagent:
            # It has no turn to hear this in, after which its own end would be told.
            self.settle(ended.parent_key)
        return True

    def _tidy_at(self, ended: Ended, now_ms: int) -> int | None:
        if ended.cleanup == "delete":
            return now_ms
        minutes = self._rules_of(parse_session_key(ended.parent_key).agent_id).archive_minutes
        return now_ms + minutes * 60_000 if minutes else None

    def _put_away(self, child: str, cleanup: Cleanup) -> bool:
        try:
            if cleanup == "delete":
                self._sessions.delete(child, Expected(), self._clock())
            else:
                self._sessions.change(child, SessionChanges(archived=True), Expected(), self._clock())
        except StoreUnavailable:
            raise
        except Unavailable:
            return False  # it has been given something to do again
        except NotFound:
            return True
        except OpenClawError as error:
            log.warning("session %s is not put away: %s", child, error)
        return True


def _first_message(task: Task, opened: Opened) -> MachineMessage:
    limit = {"timeout_seconds": task.timeout_seconds} if task.timeout_seconds else {}
    return MachineMessage(
        session_key=opened.child_key,
        text=f"[Task]\n{task.text}",
        source_key=f"spawn:{opened.run_id}",
        sender=parent_sender(task.parent_key),
        run_id=opened.run_id,
        options={**limit, **paid_by(task.payer)},
    )

"""Heartbeats: begun by whoever sees first that one is due, and heard of when they are over."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from openclaw.domain.envelope import CLIENT_ROUTE, ReplyRoute, Sender
from openclaw.domain.heartbeat import (
    HEARTBEAT,
    HEARTBEAT_FILE,
    PROMPT,
    REPEAT_MS,
    RETRY_MS,
    SENDER_ID,
    HeartbeatRules,
    asks_for_nothing,
    digest,
    is_active,
    session_of,
    to_send,
)
from openclaw.domain.run import RunStatus
from openclaw.domain.session_key import main_session_key
from openclaw.errors import Busy, RedisUnavailable, StoreUnavailable, UnknownAgent
from openclaw.intake.event_desk import EventDesk, MachineIntake
from openclaw.intake.machine_message import MachineMessage
from openclaw.ports.clock import Clock
from openclaw.ports.heartbeats import HeartbeatStore
from openclaw.ports.store import Claim, FinishRequest, FreshStart, SessionFilter, SessionQueries
from openclaw.ports.stream import GATEWAY_EVENT_TOPIC, Notice

log = logging.getLogger(__name__)

#: Characters of what was told that the event shows.
PREVIEW_CHARS = 200
#: Sessions that are looked through for the chat that was used last.
CHATS = 100


@dataclass(frozen=True, slots=True)
class HeartbeatPlan:
    """An agent that has heartbeats."""

    rules: HeartbeatRules
    workspace: Path
    #: Whether the configuration says so; otherwise only the file does.
    configured: bool


class Notify(Protocol):
    def __call__(self, notice: Notice) -> None: ...


class HeartbeatDesk:
    """Thread-safe."""

    def __init__(
        self,
        store: HeartbeatStore,
        sessions: SessionQueries,
        intake: MachineIntake,
        events: EventDesk,
        notify: Notify,
        clock: Clock,
        plans: Callable[[], Mapping[str, HeartbeatPlan]],
        is_private: Callable[[str], bool],
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._intake = intake
        self._events = events
        self._notify = notify
        self._clock = clock
        self._plans = plans
        self._is_private = is_private

    def tick(self) -> int:
        """Begin the heartbeats that are due; how many. The database away is no error."""
        try:
            if not self._store.enabled():
                return 0
            return sum(self._due(agent_id, plan) for agent_id, plan in self._plans().items())
        except StoreUnavailable as error:
            log.warning("heartbeats come later: %s", error)
            return 0

    def turn_ended(self, claim: Claim, request: FinishRequest) -> None:
        """Keep what came of a heartbeat, let clients know, and let the chat's session know what its person was told."""
        if HEARTBEAT not in claim.options:
            return
        option = claim.options[HEARTBEAT]
        worked = request.status is RunStatus.SUCCEEDED
        said = to_send(request.text, option) if worked else ""
        facts = {
            "durationMs": self._clock() - claim.started_at_ms,
            "preview": (said if worked else request.error)[:PREVIEW_CHARS],
        }
        try:
            status = ("sent" if said else "ok-token") if worked else "failed"
            self._note(claim.agent_id, status, digest(said) if said else "", **facts)
            if said and request.replies and option.get("chat"):
                text = f"A heartbeat of yours told the person here: {said}"
                self._events.post(option["chat"], text, source="heartbeat", key=f"heartbeat:{claim.run_id}")
        except StoreUnavailable as error:
            log.warning("what came of the heartbeat of %s is not kept: %s", claim.agent_id, error)

    def _due(self, agent_id: str, plan: HeartbeatPlan) -> bool:
        slot = self._store.claim(agent_id, plan.rules.every_ms, self._clock())
        if slot is None:
            return False
        reason = self._why_not(agent_id, plan)
        if reason == "busy":
            self._store.put_off(agent_id, self._clock() + RETRY_MS)
        if reason:
            self._note(agent_id, "skipped", "", reason=reason)
            return False
        return self._begin(agent_id, plan.rules, slot)

    def _why_not(self, agent_id: str, plan: HeartbeatPlan) -> str:
        if not is_active(plan.rules, self._clock()):
            return "quiet-hours"
        if not self._events.queued(main_session_key(agent_id), 1) and not _is_asked_for(plan):
            return "empty-heartbeat-file"
        own = self._sessions.session(session_of(agent_id, plan.rules))
        return "busy" if own is not None and own.pending else ""

    def _begin(self, agent_id: str, rules: HeartbeatRules, slot: int) -> bool:
        chat, route = self._place(agent_id, rules)
        option = {
            "chat": chat,
            "ack_max_chars": rules.ack_max_chars,
            "told_before": self._store.told_before(agent_id, self._clock() - REPEAT_MS),
            "light": rules.light_context,
        }
        message = MachineMessage(
            session_key=session_of(agent_id, rules),
            text=rules.prompt or PROMPT,
            source_key=f"heartbeat:{agent_id}:{slot}",
            sender=Sender(SENDER_ID, "Heartbeat"),
            route=route,
            options={HEARTBEAT: option} | ({"model": rules.model} if rules.model else {}),
            fresh=None if rules.session else FreshStart(),
        )
        try:
            self._intake.submit_machine_message(message)
        except (Busy, UnknownAgent) as error:
            self._note(agent_id, "skipped", "", reason=str(error))
            return False
        return True

    def _place(self, agent_id: str, rules: HeartbeatRules) -> tuple[str, ReplyRoute]:
        """The session of the chat where what there is to say goes, if any, and the way there."""
        match rules.target:
            case "none":
                return "", CLIENT_ROUTE
            case "last":
                return self._last_chat(agent_id)
        return "", ReplyRoute(rules.target, rules.account, rules.to)

    def _last_chat(self, agent_id: str) -> tuple[str, ReplyRoute]:
        """The private chat that was used last: a stranger's is none, whoever may write to the agent."""
        views, _ = self._sessions.list_sessions(SessionFilter(agent_ids=(agent_id,)), limit=CHATS)
        for view in views:
            route = self._sessions.last_route(view.session_key) if self._is_private(view.session_key) else None
            if route is not None:
                return view.session_key, route
        return "", CLIENT_ROUTE

    def _note(self, agent_id: str, status: str, told: str, **facts: Any) -> None:
        now = self._clock()
        event = {"ts": now, "agentId": agent_id, "status": status, **facts}
        self._store.note(agent_id, event, told, now)
        try:
            self._notify(Notice(GATEWAY_EVENT_TOPIC, {"event": "heartbeat", "payload": event}))
        except RedisUnavailable as error:
            log.warning("clients do not hear of the heartbeat of %s: %s", agent_id, error)


def _is_asked_for(plan: HeartbeatPlan) -> bool:
    """Whether there is something to look at: the file says what, or there is none and the configuration wants it."""
    try:
        text = (plan.workspace / HEARTBEAT_FILE).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return plan.configured
    return not asks_for_nothing(text)

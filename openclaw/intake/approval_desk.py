"""Requests for approval, as every process makes, decides and ends them.

The row in SQL is the truth, and its end is written once: whoever decides second is told that it was decided. The turn
that waits is answered right behind it; should whoever decided die in between, the sweep answers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from openclaw.domain.approvals import Approval, ApprovalState
from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.exec_policy import Decision
from openclaw.errors import InvalidRequest, NotFound, RedisUnavailable
from openclaw.ports.approvals import ApprovalStore
from openclaw.ports.clock import Clock
from openclaw.ports.stream import GATEWAY_EVENT_TOPIC, Notice

log = logging.getLogger(__name__)

REQUESTED, RESOLVED = "exec.approval.requested", "exec.approval.resolved"
#: Requests that one sweep ends or forgets.
SWEEP_PAGE = 200
#: How long a request is kept, in milliseconds.
KEEP_MS = 30 * 24 * 3_600_000
#: Characters of an id that people type, and of a command that a chat is shown.
SHORT, COMMAND_CHARS = 8, 500

#: Answers a wait of a turn.
AnswerWait = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Voice:
    """How the desk is heard: by clients of every gateway, and in the chat that the turn belongs to."""

    notify: Callable[[Notice], None]
    #: Where a session's chat is; ``None`` for one that only clients use.
    route_of: Callable[[str], ReplyRoute | None]
    #: Puts a line into a chat, once per key, with buttons and what each says.
    say: Callable[[ReplyRoute, str, str, Sequence[tuple[str, str]]], None]


class ApprovalDesk:
    """Thread-safe."""

    def __init__(self, store: ApprovalStore, voice: Voice, answer_wait: AnswerWait, clock: Clock) -> None:
        self.store = store
        self._voice = voice
        self._answer_wait = answer_wait
        self._clock = clock

    def request(self, approval: Approval) -> Approval:
        """Ask for an approval, once per id, and tell whoever may decide."""
        stored = self.store.request(approval)
        if stored.state is ApprovalState.PENDING:
            self._tell(REQUESTED, request_payload(stored))
            route = self._voice.route_of(stored.session_key)
            if route is not None and route.channel != "client":
                self._voice.say(route, _question(stored), f"approval:{stored.id}", _buttons(stored))
        return stored

    def find(self, name: str) -> Approval:
        """The request of this id; a newer one is also found by the beginning of it. Raises NotFound."""
        found = self.store.approval(name)
        if found is not None:
            return found
        newest = self.store.approvals(SWEEP_PAGE, pending_only=False) if len(name) >= SHORT // 2 else []
        meant = [each for each in newest if each.id.startswith(name)]
        waiting = [each for each in meant if each.state is ApprovalState.PENDING] or meant
        if len(waiting) != 1:
            raise NotFound(f"unknown approval id: {name}")
        return waiting[0]

    def pending(self) -> list[Approval]:
        """What waits for a decision, the newest first."""
        now = self._clock()
        return [each for each in self.store.approvals(SWEEP_PAGE, pending_only=True) if each.expires_at_ms > now]

    def decide(self, name: str, decision: str, by: str) -> tuple[Approval, bool]:
        """Decide a request; as it stands now, and whether this was the decision. Raises NotFound, InvalidRequest."""
        approval = self.find(name)
        try:
            wanted = Decision(decision)
        except ValueError:
            raise InvalidRequest(f"a decision is one of {', '.join(Decision)}") from None
        if wanted not in approval.decisions:
            raise InvalidRequest("this command cannot be allowed for good: its programs run whatever they are told")
        decided = self.store.decide(approval.id, wanted, by, self._clock())
        if decided is None:
            return self.find(approval.id), False
        if wanted is Decision.ALLOW_ALWAYS:
            self.store.add_patterns(decided.agent_id, decided.programs, self._clock())
        self._over(decided)
        return decided, True

    def sweep(self) -> int:
        """End what is late or deserted, answer what was left unanswered, forget what is old."""
        now = self._clock()
        ended = [*self.store.expire(now, SWEEP_PAGE), *self.store.withdraw(now, SWEEP_PAGE)]
        for approval in ended:
            self._over(approval)
        for approval in self.store.unanswered(SWEEP_PAGE):
            self._answer_wait(approval.wait_id, dict(approval.answer()))
        self.store.forget(now - KEEP_MS, SWEEP_PAGE)
        return len(ended)

    def _over(self, approval: Approval) -> None:
        if approval.run_id and approval.state is not ApprovalState.WITHDRAWN:
            self._answer_wait(approval.wait_id, dict(approval.answer()))
        self._tell(RESOLVED, resolved_payload(approval))

    def _tell(self, event: str, payload: dict[str, Any]) -> None:
        try:
            self._voice.notify(Notice(GATEWAY_EVENT_TOPIC, {"event": event, "payload": payload}))
        except RedisUnavailable as error:
            log.warning("clients hear of an approval when they next look: %s", error)


def request_payload(approval: Approval) -> dict[str, Any]:
    """A request as clients see it."""
    return {
        "id": approval.id,
        "request": {
            "command": approval.command,
            "cwd": approval.cwd,
            "host": approval.host,
            "agentId": approval.agent_id,
            "sessionKey": approval.session_key,
            "resolvedPath": approval.programs[0] if approval.programs else None,
            "resolvedPaths": list(approval.programs),
            "envKeys": list(approval.env_names),
            "allowedDecisions": [decision.value for decision in approval.decisions],
        },
        "createdAtMs": approval.created_at_ms,
        "expiresAtMs": approval.expires_at_ms,
    }


def resolved_payload(approval: Approval) -> dict[str, Any]:
    """The end of a request as clients see it; no decision is a denial."""
    return {
        "id": approval.id,
        "decision": approval.decision.value if approval.decision else None,
        "state": approval.state.value,
        "resolvedBy": approval.decided_by or None,
        "ts": approval.decided_at_ms,
    }


def _question(approval: Approval) -> str:
    shown = approval.command if len(approval.command) <= COMMAND_CHARS else approval.command[:COMMAND_CHARS] + "…"
    choices = " | ".join(decision.value for decision in approval.decisions)
    return (
        f"I would like to run this and wait for an approval:\n```\n{shown}\n```\n"
        f"Whoever may decide answers: /approve {approval.id[:SHORT]} {choices}"
    )


def _buttons(approval: Approval) -> list[tuple[str, str]]:
    """The answers that may be given, as who presses a button would write them."""
    return [(_LABELS[decision], f"/approve {approval.id[:SHORT]} {decision.value}") for decision in approval.decisions]


_LABELS = {
    Decision.ALLOW_ONCE: "Allow once",
    Decision.ALLOW_ALWAYS: "Always allow",
    Decision.DENY: "Deny",
}


def decide_in_words(desk: ApprovalDesk, words: str, by: str) -> str:
    """Carry out ``ID allow-once|allow-always|deny`` as somebody wrote it; what to tell him."""
    parts = words.split()
    if len(parts) != len(("id", "decision")):
        return f"Say which and what: /approve ID {' | '.join(Decision)}"
    try:
        approval, mine = desk.decide(parts[0], parts[1].lower(), by)
    except (NotFound, InvalidRequest) as error:
        return f"That cannot be decided: {error}."
    if not mine:
        return f"It was decided before: {approval.decision.value if approval.decision else approval.state.value}."
    return f"Decided: {parts[1].lower()}."

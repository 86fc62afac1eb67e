"""``sessions_send``: say something to another session's agent and, if wanted, have its answer.

The turn does not wait for it: it is parked, and goes on with the answer, or without one when the time is up.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from openclaw.domain.run import FINAL_STATUSES, ReplayPolicy, RiskClass, RunStatus
from openclaw.domain.session_reach import MAX_HOPS, REPLY_SKIP
from openclaw.errors import ToolError
from openclaw.plugins.registry import Registry
from openclaw.ports.clock import Clock, system_clock
from openclaw.ports.provider import ToolSpec
from openclaw.ports.session_messages import SessionMessage, SessionPost
from openclaw.ports.tool import Suspension, ToolContext, ToolOutcome
from openclaw.tools.arguments import check_arguments
from openclaw.tools.reachable_sessions import ReachableSessions

DEFAULT_SECONDS, MAX_SECONDS = 30, 3600
MAX_CHARS = 32_000

_SPEC = ToolSpec(
    name="sessions_send",
    description=(
        "Say something to the agent of another session. With timeoutSeconds above 0 you get its answer; with 0 the "
        "message is only handed over."
    ),
    parameters={
        "type": "object",
        "properties": {
            "sessionKey": {"type": "string", "minLength": 1, "description": "The session's key."},
            "label": {"type": "string", "minLength": 1, "description": "Its label, in place of the key."},
            "message": {"type": "string", "minLength": 1, "maxLength": MAX_CHARS},
            "timeoutSeconds": {"type": "integer", "minimum": 0, "maximum": MAX_SECONDS},
        },
        "required": ["message"],
        "additionalProperties": False,
    },
)


class SessionsSendTool:
    """The same call sends the same message, however often it is run."""

    spec = _SPEC
    replay = ReplayPolicy.SAFE
    risk = RiskClass.EXECUTE

    def __init__(self, sessions: ReachableSessions, post: SessionPost, clock: Clock = system_clock) -> None:
        self._sessions = sessions
        self._post = post
        self._clock = clock

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome | Suspension:
        """Send it and park the turn, or say how it was answered."""
        check_arguments(self.spec, arguments)
        name = arguments.get("sessionKey") or arguments.get("label")
        if not name:
            raise ToolError("Say to which session: sessionKey or label.")
        target = self._sessions.one(context, name).session_key
        if target == context.session_key:
            raise ToolError("That is this very session.")
        if context.hops >= MAX_HOPS:
            raise ToolError(
                f"Sessions have written to each other {MAX_HOPS} times in a row; end here, with what you have."
            )
        seconds = arguments.get("timeoutSeconds", DEFAULT_SECONDS)
        # Sent before, it is not sent again: this finds the run that answers.
        run_id = self._post.send(
            SessionMessage(
                from_key=context.session_key,
                to_key=target,
                text=arguments["message"],
                wait_id=context.wait_id,
                hops=context.hops + 1,
                awaited=seconds > 0,
                payer=context.payer,
            )
        )
        if seconds == 0:
            return _said({"status": "accepted", "runId": run_id, "sessionKey": target})
        answered = self._answer(run_id, target)
        if answered is not None:
            return answered
        if context.answer is not None:
            return _said({"status": "timeout", "runId": run_id, "sessionKey": target, "waitedSeconds": seconds})
        return Suspension(
            kind="session",
            payload={"run_id": run_id, "session_key": target},
            due_at_ms=self._clock() + seconds * 1000,
            again=True,
        )

    def _answer(self, run_id: str, target: str) -> ToolOutcome | None:
        """What the other session said; ``None`` while it has not."""
        view = self._post.answer(run_id)
        if view is None or view.status not in FINAL_STATUSES:
            return None
        facts: dict[str, Any] = {"runId": run_id, "sessionKey": target}
        if view.status is RunStatus.SUCCEEDED:
            reply = view.text.strip()
            return _said({"status": "ok", "reply": "" if reply == REPLY_SKIP else reply, **facts})
        return _said({"status": "error", "error": view.error or view.status.value, **facts}, is_error=True)


def _said(facts: Mapping[str, Any], *, is_error: bool = False) -> ToolOutcome:
    return ToolOutcome(json.dumps(facts, ensure_ascii=False), is_error)


def register_sessions_send(registry: Registry, sessions: ReachableSessions, post: SessionPost) -> None:
    """Add the tool."""
    registry.add_tool(SessionsSendTool(sessions, post), source=__name__)

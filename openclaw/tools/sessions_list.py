"""``sessions_list``: the sessions that may be seen from this one."""

from __future__ import annotations

import json
from typing import Any

from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.domain.session_key import MAIN_KEY, parse_session_key
from openclaw.plugins.registry import Registry
from openclaw.ports.clock import Clock, system_clock
from openclaw.ports.provider import ToolSpec
from openclaw.ports.store.sessions import SessionView
from openclaw.ports.tool import ToolContext, ToolOutcome
from openclaw.tools.arguments import check_arguments
from openclaw.tools.reachable_sessions import ReachableSessions
from openclaw.tools.transcript_view import message_rows

DEFAULT_LIMIT, MAX_LIMIT = 50, 200
#: Newest messages of each session that a list shows.
MAX_MESSAGES = 20
_KINDS = ("main", "group", "cron", "hook", "node", "subagent", "other")

_SPEC = ToolSpec(
    name="sessions_list",
    description="List the sessions that can be seen from here, most recent first, with their newest messages if asked.",
    parameters={
        "type": "object",
        "properties": {
            "kinds": {"type": "array", "items": {"type": "string", "enum": list(_KINDS)}},
            "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
            "activeMinutes": {"type": "integer", "minimum": 1, "description": "Only those updated since."},
            "messageLimit": {"type": "integer", "minimum": 0, "maximum": MAX_MESSAGES},
        },
        "additionalProperties": False,
    },
)


class SessionsListTool:
    """Reads."""

    spec = _SPEC
    replay = ReplayPolicy.SAFE
    risk = RiskClass.READ

    def __init__(self, sessions: ReachableSessions, clock: Clock = system_clock) -> None:
        self._sessions = sessions
        self._clock = clock

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome:
        """One entry a session."""
        check_arguments(self.spec, arguments)
        minutes = arguments.get("activeMinutes")
        since = self._clock() - minutes * 60_000 if minutes else 0
        kinds = set(arguments.get("kinds") or _KINDS)
        found = [view for view in self._sessions.all(context, since) if kind_of(view) in kinds]
        shown = found[: arguments.get("limit", DEFAULT_LIMIT)]
        rows = [self._row(view, arguments.get("messageLimit", 0)) for view in shown]
        return ToolOutcome(json.dumps({"count": len(found), "sessions": rows}, ensure_ascii=False))

    def _row(self, view: SessionView, messages: int) -> dict[str, Any]:
        row: dict[str, Any] = {
            "key": view.session_key,
            "kind": kind_of(view),
            "channel": view.channel,
            "displayName": view.display_name,
            "label": view.label,
            "updatedAt": view.updated_at_ms,
            "model": view.model,
            "totalTokens": view.usage.total,
            "running": bool(view.active_run_id),
            "parentKey": view.parent_key,
        }
        row = {name: value for name, value in row.items() if value not in ("", None)}
        if messages:
            entries, _ = self._sessions.queries.history(view.session_key, limit=messages)
            row["messages"] = message_rows(entries, tools=False)
        return row


def kind_of(view: SessionView) -> str:
    """What a session is for, in OpenClaw's words."""
    key = parse_session_key(view.session_key)
    if key.rest == MAIN_KEY:
        return "main"
    first = key.rest.partition(":")[0]
    if first in ("cron", "hook", "node", "subagent"):
        return first
    return "group" if view.kind in ("group", "channel") else "other"


def register_sessions_list(registry: Registry, sessions: ReachableSessions) -> None:
    """Add the tool."""
    registry.add_tool(SessionsListTool(sessions), source=__name__)

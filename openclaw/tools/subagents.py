"""``subagents``: what this session's sub-agents do, and stopping or redirecting one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from openclaw.domain.naming import meant_by
from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.domain.subagents import standing
from openclaw.errors import ToolError
from openclaw.plugins.registry import Registry
from openclaw.ports.clock import Clock, system_clock
from openclaw.ports.provider import ToolSpec
from openclaw.ports.subagents import Subagent, SubagentCalls
from openclaw.ports.tool import ToolContext, ToolOutcome
from openclaw.tools.arguments import check_arguments

_SPEC = ToolSpec(
    name="subagents",
    description=(
        "Sub-agents of this session. action=list shows them; action=kill stops one, or all with target=all; "
        "action=steer says something to one while it works. You are told of their ends by yourself, so do not poll."
    ),
    parameters={
        "type": "object",
        "properties": {
            "action": {"type": "string", "enum": ["list", "kill", "steer"]},
            "target": {"type": "string", "description": "A label, session key or run id, or all."},
            "message": {"type": "string", "minLength": 1, "maxLength": 16_000, "description": "For steer."},
        },
        "additionalProperties": False,
    },
)


class SubagentsTool:
    """Stopping twice is stopping once, and a word is named after its call."""

    spec = _SPEC
    replay = ReplayPolicy.SAFE
    risk = RiskClass.EXECUTE

    def __init__(self, desk: SubagentCalls, clock: Clock = system_clock) -> None:
        self._desk = desk
        self._clock = clock

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome:
        """List, stop or steer."""
        check_arguments(self.spec, arguments)
        children = self._desk.children(context.session_key)
        match arguments.get("action", "list"):
            case "kill":
                return self._kill(_meant(children, str(arguments.get("target") or "")))
            case "steer":
                return self._steer(children, arguments, context)
        now = self._clock()
        return ToolOutcome(json.dumps([_row(child, now) for child in children], ensure_ascii=False))

    def _kill(self, targets: Sequence[Subagent]) -> ToolOutcome:
        working = [child for child in targets if not child.outcome]
        for child in working:
            self._desk.kill(child)
        names = ", ".join(child.title for child in working)
        return ToolOutcome(f"Stopped: {names}." if working else "It was over already.")

    def _steer(self, children: Sequence[Subagent], arguments: dict[str, Any], context: ToolContext) -> ToolOutcome:
        message = str(arguments.get("message") or "")
        targets = _meant(children, str(arguments.get("target") or ""))
        if not message or len(targets) != 1:
            raise ToolError("steer needs one target and a message.")
        run_id = self._desk.steer(targets[0], message, context.wait_id, context.payer)
        return ToolOutcome(json.dumps({"status": "accepted", "runId": run_id}))


def _meant(children: Sequence[Subagent], target: str) -> list[Subagent]:
    """The sub-agents that a name means. Raises ToolError for one that means none or several."""
    if target.lower() in {"all", "*"}:
        return list(children)
    by_key = [(child.run_id, child.child_key) for child in children]
    ids = meant_by(target, [(child.run_id, child.title) for child in children]) or meant_by(target, by_key)
    if len(ids) != 1:
        known = ", ".join(f"{c.title!r} ({c.run_id[:8]})" for c in children[:10]) or "none"
        raise ToolError(f"{target!r} means {'several' if ids else 'none'} of this session's sub-agents: {known}.")
    return [child for child in children if child.run_id in ids]


def _row(child: Subagent, now_ms: int) -> dict[str, Any]:
    return {
        "label": child.title,
        "status": standing(child.outcome, child.status),
        "sessionKey": child.child_key,
        "runId": child.run_id,
        "ageSeconds": (now_ms - child.created_at_ms) // 1000,
    }


def register_subagents(registry: Registry, desk: SubagentCalls) -> None:
    """Add the tool."""
    registry.add_tool(SubagentsTool(desk), source=__name__)

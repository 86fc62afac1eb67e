"""``sessions_spawn``: give a task to a sub-agent, a session of its own, and go on without waiting for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openclaw.domain.containment import REQUIRED
from openclaw.domain.dials import THINKING
from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.domain.subagents import spawn_id
from openclaw.plugins.registry import Registry
from openclaw.ports.provider import ToolSpec
from openclaw.ports.subagents import SubagentCalls, Task
from openclaw.ports.tool import ToolContext, ToolOutcome
from openclaw.tools.arguments import check_arguments
from openclaw.tools.spawn_attachments import ATTACHMENT_SCHEMA, MAX_ATTACHMENTS, lay_down

MAX_TASK_CHARS = 32_000
#: A day: longer work belongs to something that is not one run.
MAX_TIMEOUT_SECONDS = 24 * 3600

_SPEC = ToolSpec(
    name="sessions_spawn",
    description=(
        "Give a task to a sub-agent, which works on it in a session of its own while you go on. You hear of its end by "
        "yourself, as a message: do not poll and do not wait for it. Say in the task all that it needs to know; it "
        "does not see this conversation. Good for long, separate or parallel work."
    ),
    parameters={
        "type": "object",
        "properties": {
            "task": {"type": "string", "minLength": 1, "maxLength": MAX_TASK_CHARS},
            "label": {"type": "string", "maxLength": 120, "description": "A short name for lists."},
            "agentId": {"type": "string", "description": "Another agent; agents_list shows which."},
            "model": {"type": "string"},
            "thinking": {"type": "string", "enum": list(THINKING.levels)},
            "runTimeoutSeconds": {"type": "integer", "minimum": 0, "maximum": MAX_TIMEOUT_SECONDS},
            "cleanup": {
                "type": "string",
                "enum": ["keep", "delete"],
                "description": "Whether its session is kept for a while (default) or removed once you have heard.",
            },
            "sandbox": {
                "type": "string",
                "enum": ["inherit", "require"],
                "description": "Whether its commands must stay in the sandbox.",
            },
            "attachments": {"type": "array", "maxItems": MAX_ATTACHMENTS, "items": ATTACHMENT_SCHEMA},
        },
        "required": ["task"],
        "additionalProperties": False,
    },
)

#: The workspace of an agent; ``None`` for one that is not configured.
Workspaces = Callable[[str], Path | None]


class SessionsSpawnTool:
    """The same call opens the same session, however often it is run."""

    spec = _SPEC
    replay = ReplayPolicy.SAFE
    risk = RiskClass.EXECUTE

    def __init__(self, desk: SubagentCalls, workspace_of: Workspaces) -> None:
        self._desk = desk
        self._workspace_of = workspace_of

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome:
        """Open it and say where it works."""
        check_arguments(self.spec, arguments)
        agent_id = str(arguments.get("agentId") or "").strip().lower()
        text = arguments["task"].strip()
        if arguments.get("attachments"):
            workspace = self._workspace_of(agent_id or context.agent_id) or context.workspace
            names = lay_down(workspace, spawn_id(context.wait_id), arguments["attachments"])
            text += "\n\nFiles for this task, in your workspace:\n" + "\n".join(f"- {name}" for name in names)
        opened = self._desk.spawn(
            Task(
                wait_id=context.wait_id,
                parent_key=context.session_key,
                parent_run_id=context.run_id,
                text=text,
                label=str(arguments.get("label") or ""),
                agent_id=agent_id,
                model=str(arguments.get("model") or ""),
                thinking=str(arguments.get("thinking") or ""),
                timeout_seconds=float(arguments.get("runTimeoutSeconds") or 0),
                cleanup=arguments.get("cleanup", "keep"),
                exec_preferences=context.exec_preferences,
                payer=context.payer,
                contained=context.contained or arguments.get("sandbox") == REQUIRED,
            )
        )
        answer = {
            "status": "accepted",
            "childSessionKey": opened.child_key,
            "runId": opened.run_id,
            "note": "You will be told of its end in a message. Do not poll for it.",
        }
        return ToolOutcome(json.dumps(answer, ensure_ascii=False))


def register_sessions_spawn(registry: Registry, desk: SubagentCalls, workspace_of: Workspaces) -> None:
    """Add the tool."""
    registry.add_tool(SessionsSpawnTool(desk, workspace_of), source=__name__)

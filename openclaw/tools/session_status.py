"""``session_status``: what the agent may know about its own session and the time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.plugins.registry import Registry
from openclaw.ports.clock import Clock, system_clock
from openclaw.ports.provider import ToolSpec
from openclaw.ports.tool import ToolContext, ToolOutcome
from openclaw.tools.arguments import check_arguments

_SPEC = ToolSpec(
    name="session_status",
    description="Show this session's key, agent, model, queue, token usage and the current date and time (UTC).",
    parameters={"type": "object", "properties": {}, "additionalProperties": False},
)


class SessionStatusTool:
    """Reads only what the turn knows already."""

    spec = _SPEC
    replay = ReplayPolicy.SAFE
    risk = RiskClass.READ

    def __init__(self, clock: Clock = system_clock) -> None:
        self._clock = clock

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome:
        """List the facts, one a line."""
        check_arguments(self.spec, arguments)
        now = datetime.fromtimestamp(self._clock() / 1000, UTC)
        facts = {
            "time": now.strftime("%A, %Y-%m-%d %H:%M:%S UTC"),
            "session": context.session_key,
            "agent": context.agent_id,
            "model": context.model or "not chosen yet",
            "run": context.run_id,
            **context.session,
        }
        return ToolOutcome("\n".join(_lines(facts, "")))


def _lines(facts: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for key, value in facts.items():
        if isinstance(value, Mapping):
            yield from _lines(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}: {value}"


def register(registry: Registry) -> None:
    """Add the tool."""
    registry.add_tool(SessionStatusTool(), source=__name__)

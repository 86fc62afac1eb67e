"""An agent as the turn loop needs it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from openclaw.domain.context_guard import USUAL_LIMITS, GuardLimits


@dataclass(frozen=True, slots=True)
class AgentProfile:
    """Who answers."""

    agent_id: str
    name: str
    workspace: Path
    instructions: str = ""
    #: How much its models think where neither the message nor the session says; empty for the vendor's own default.
    thinking: str = ""
    context: GuardLimits = USUAL_LIMITS

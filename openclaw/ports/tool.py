"""A tool's contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from openclaw.domain.envelope import CLIENT_ROUTE, ReplyRoute
from openclaw.domain.run import FencedRun, ReplayPolicy, RiskClass
from openclaw.ports.cancel import CancelToken
from openclaw.ports.provider import ToolSpec
from openclaw.ports.skills import NO_SKILLS, SkillSnapshot


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What a tool may know of the turn that calls it."""

    run_id: str
    session_key: str
    agent_id: str
    workspace: Path
    model: str
    cancel: CancelToken
    #: What the wait is called that this very call suspends its run for. The same when the call is run again.
    wait_id: str = ""
    #: What was answered to the wait that this very call suspended its run for; only for ``Suspension.again``.
    answer: Mapping[str, Any] | None = None
    #: How much stricter than configured the session wants commands to be looked at: ``exec_policy.tightened``.
    exec_preferences: Mapping[str, str] = field(default_factory=dict)
    #: How far commands of this turn may leave the sandbox, as its owner said: ``off``, ``on``, ``ask`` or ``full``.
    elevated: str = "off"
    #: Whether its commands stay in the sandbox, whatever is configured for them.
    contained: bool = False
    #: Who pays for the turn, as ``budgets.Spender.sender``.
    payer: str = ""
    #: Through how many sessions a message has come that agents sent each other; 0 for what a person wrote.
    hops: int = 0
    #: Facts for ``session_status``: counts, usage, queue mode, started_at.
    session: dict[str, Any] = field(default_factory=dict)
    #: What the agent's skills let its tools read, and give to its commands.
    skills: SkillSnapshot = NO_SKILLS
    #: Whether nobody but the owner reads the session, so that memory may be used in it.
    is_private: bool = False
    #: Where the turn's reply goes.
    route: ReplyRoute = CLIENT_ROUTE
    #: What the tool writes in the name of the run is written under this; ``None`` outside a turn.
    run: FencedRun | None = None


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """What the model sees. ``text`` is already capped by the tool."""

    text: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Suspension:
    """The tool must wait for a person, a child or a timer: the run suspends and frees its slot.

    The answer given to the wait becomes the tool's result. ``due_at_ms`` (milliseconds since the epoch, 0 for never)
    is when the wait answers itself.
    """

    kind: str
    payload: dict[str, Any] = field(default_factory=dict)
    due_at_ms: int = 0
    #: The answer is not the result: the call is made again, once, with it as ``ToolContext.answer``.
    again: bool = False


class Tool(Protocol):
    """Stateless and thread-safe."""

    @property
    def spec(self) -> ToolSpec: ...

    @property
    def replay(self) -> ReplayPolicy: ...

    @property
    def risk(self) -> RiskClass: ...

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome | Suspension:
        """Do it. Raises ToolError for anything the model should see as a failure."""
        ...


@runtime_checkable
class Recovering(Protocol):
    """A tool that can find out what became of a call whose worker died, without making it again."""

    def recover(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome | None:
        """What became of it; ``None`` when that is not known. Raises as ``Tool.run`` does."""
        ...

"""What the handlers of commands work with, and who asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from openclaw.domain.budgets import Budget
from openclaw.domain.queue_mode import QueueSettings
from openclaw.domain.queue_wish import QueueWish
from openclaw.errors import NotFound
from openclaw.intake.machine_message import MachineMessage
from openclaw.intake.policy import NO_MODELS, ModelFacts
from openclaw.intake.reading import Rights
from openclaw.intake.stopping import Stopper
from openclaw.ports.budgets import BudgetStore
from openclaw.ports.clock import Clock
from openclaw.ports.store import (
    ControlStore,
    Expected,
    NewSession,
    SessionChanges,
    SessionDesk,
    SessionQueries,
    SessionView,
)
from openclaw.ports.subagents import SubagentStore


@dataclass(frozen=True, slots=True)
class Asker:
    """Who wrote a command, where, and what holds there."""

    #: The session, as it is made if nothing was said in it yet.
    session: NewSession
    sender: str
    name: str = ""
    rights: Rights = field(default_factory=Rights)
    #: What the configuration says of the queue there.
    queue: QueueSettings = field(default_factory=QueueSettings)
    models: ModelFacts = NO_MODELS
    budgets: tuple[Budget, ...] = ()

    @property
    def session_key(self) -> str:
        return self.session.session_key


@dataclass(frozen=True, slots=True)
class CommandParts:
    """Where commands look, and what they change."""

    sessions: SessionQueries
    desk: SessionDesk
    control: ControlStore
    subagents: SubagentStore
    budgets: BudgetStore
    stopper: Stopper
    #: Gives a session a message that no person wrote.
    submit: Callable[[MachineMessage], object]
    version: str
    clock: Clock

    def view(self, asker: Asker) -> SessionView | None:
        """The session; ``None`` when nothing was said in it yet."""
        return self.sessions.session(asker.session_key)

    def keep(self, asker: Asker, settings: dict[str, Any]) -> None:
        """Put these among the session's settings; those that are ``None`` are taken back."""
        now = self.clock()
        changes = SessionChanges(settings=settings)
        try:
            self.desk.change(asker.session_key, changes, Expected(), now)
        except NotFound:
            self.desk.create(asker.session, now)
            self.desk.change(asker.session_key, changes, Expected(), now)


#: Answers a command with these words.
Handler = Callable[[CommandParts, Asker, str], str]


def model_of(view: SessionView | None, asker: Asker) -> tuple[str, str]:
    """The model that the session's next turn is for, and whose choice it is."""
    chosen = str(view.settings.get("model") or "") if view is not None else ""
    own = asker.models.of_agent.get(asker.session.agent_id, "none")
    return (chosen, "chosen for this session") if chosen else (own, "the agent's")


def queue_of(view: SessionView | None, asker: Asker) -> tuple[QueueSettings, str]:
    """The queue policy that holds in the session, and whose choice it is."""
    wish = QueueWish.from_settings(view.settings) if view is not None else QueueWish()
    return wish.over(asker.queue), "chosen for this session" if wish != QueueWish() else "the configuration's"

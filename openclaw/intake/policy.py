"""What intake needs to know of the configuration, as plain values."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from openclaw.domain.account_rules import AccountRules
from openclaw.domain.ack import AckRules
from openclaw.domain.budgets import Budget
from openclaw.domain.envelope import InboundEnvelope
from openclaw.domain.mention_gate import GroupRules
from openclaw.domain.queue_mode import QueueSettings
from openclaw.domain.session_key import USUAL_RULES, SessionRules


@dataclass(frozen=True, slots=True)
class AgentRoute:
    """An agent that messages can go to. ``queue`` is its own Celery queue, empty for the class's."""

    agent_id: str
    queue: str = ""
    #: What people call it.
    name: str = ""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """The configured models, as commands speak of them: ``provider/model``."""

    #: Each agent's own.
    of_agent: Mapping[str, str]
    #: All there are, with their windows. Tokens.
    windows: Mapping[str, int]
    #: Those that can think before they answer.
    thinking: frozenset[str] = frozenset()
    #: How much agents let them think, where it is configured.
    thinking_of_agent: Mapping[str, str] = field(default_factory=dict)
    #: Other names of models, in small letters.
    aliases: Mapping[str, str] = field(default_factory=dict)
    #: The auth profiles of vendors that have several.
    profiles: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def named(self, name: str) -> str | None:
        """The one model of this very name, of this name behind its vendor's, or of this alias; ``@profile`` may
        follow.
        """
        whole = self._named(name)
        base, _, profile = name.rpartition("@")
        if whole is not None or not base:
            return whole
        model = self._named(base)
        known = self.profiles.get(model.partition("/")[0], frozenset()) if model else frozenset()
        return f"{model}@{profile.lower()}" if profile.lower() in known else None

    def _named(self, name: str) -> str | None:
        wanted = name.lower()
        if wanted in self.aliases:
            return self.aliases[wanted]
        for matches in (
            [each for each in self.windows if each.lower() == wanted],
            [each for each in self.windows if each.lower().partition("/")[2] == wanted],
        ):
            if matches:
                return matches[0] if len(matches) == 1 else None
        return None

    def found(self, words: str) -> str | None:
        """The one model that is meant: by its name, or by a part that only one has, however it is spaced."""
        named = self.named(words)
        if named is not None:
            return named
        wanted = _bare(words)
        for matches in (
            [each for each in self.windows if words.lower() in each.lower()],
            [each for each in self.windows if wanted and wanted in _bare(each)],
        ):
            if len(matches) == 1:
                return matches[0]
        return None

    def near(self, words: str) -> tuple[str, ...]:
        """Names that may be meant, the likeliest first."""
        wanted = _bare(words)
        parts = [each for each in self.windows if wanted and wanted in _bare(each)]
        known = {_bare(name.partition("/")[2]): name for name in (*self.windows, *self.aliases)}
        alike = [known[each] for each in difflib.get_close_matches(wanted, known, n=NEAR)]
        return tuple(dict.fromkeys([*parts, *alike]))[:NEAR]


#: How many names are offered in place of one that nobody knows.
NEAR = 3


def _bare(name: str) -> str:
    """Letters and digits alone."""
    return "".join(char for char in name.lower() if char.isalnum())


NO_MODELS = ModelFacts({}, {})


@dataclass(frozen=True, slots=True)
class IntakePolicy:
    """Who answers, how messages queue, and how many may wait."""

    agents: Mapping[str, AgentRoute]
    default_agent: str
    choose_agent: Callable[[InboundEnvelope], str]
    session: SessionRules = USUAL_RULES
    #: Conversations that several agents answer: see ``domain.broadcast``.
    broadcast: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Who may decide about approvals from a chat: ``channel:sender``.
    approvers: frozenset[str] = frozenset()
    models: ModelFacts = NO_MODELS
    budgets: tuple[Budget, ...] = ()
    groups: GroupRules = field(default_factory=GroupRules)
    #: Who may write to each account, by channel and account; nobody to one that is not here.
    accounts: Mapping[tuple[str, str], AccountRules] = field(default_factory=dict)
    ack: AckRules = field(default_factory=AckRules)
    #: The emoji of agents that have one.
    emoji: Mapping[str, str] = field(default_factory=dict)
    queue: QueueSettings = field(default_factory=QueueSettings)
    #: Policies of single channels; the others have the general one.
    queue_by_channel: Mapping[str, QueueSettings] = field(default_factory=dict)
    #: How long the first message of an idle session waits for what belongs to it, by channel; "" for the others. ms.
    gather_ms: Mapping[str, int] = field(default_factory=dict)
    max_pending_session: int = 100
    max_pending_class: Mapping[str, int] = field(default_factory=dict)
    #: Used for classes that ``max_pending_class`` doesn't name.
    default_max_pending: int = 1000

    def rules_for(self, envelope: InboundEnvelope) -> AccountRules | None:
        """What holds for the envelope's account; ``None`` for one that is not configured."""
        return self.accounts.get((envelope.channel, envelope.account))

    def is_operator(self, envelope: InboundEnvelope) -> bool:
        """Whether its sender may decide about approvals, and so may write and ask for anything."""
        return f"{envelope.channel}:{envelope.sender.id}" in self.approvers

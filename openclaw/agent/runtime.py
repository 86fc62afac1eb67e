"""What of the configuration a turn goes by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from openclaw.agent.ending import PlanReplies
from openclaw.agent.profile import AgentProfile
from openclaw.domain.budgets import Budget
from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.reply_rules import USUAL_REPLIES, ReplyRules
from openclaw.domain.run import RunLimits
from openclaw.domain.speech import SpeechRules
from openclaw.domain.tool_chain import ToolBook
from openclaw.domain.tool_policy import PolicyLayer
from openclaw.ports.models import ModelRouter
from openclaw.ports.preview import PreviewSurface
from openclaw.ports.skills import NO_SKILLS, SkillSnapshot
from openclaw.ports.tool import Tool


@dataclass(frozen=True, slots=True)
class AgentRuntime:
    """One config version, ready for turns. A turn keeps the one it began with, on whatever worker it goes on."""

    #: 0 for a configuration that was never stored.
    version: int
    agents: Mapping[str, AgentProfile]
    router: ModelRouter
    tools: Mapping[str, Tool]
    tool_book: ToolBook
    budgets: tuple[Budget, ...]
    #: Whether nobody but the owner reads a session.
    is_private: Callable[[str], bool]
    #: Whether notes are written in private sessions before their conversations are summarized.
    writes_notes: bool
    limits: RunLimits
    plan_for: Callable[[ReplyRoute], PlanReplies]
    #: Tells the platform that the assistant is writing; must return at once.
    show_typing: Callable[[ReplyRoute], None]
    #: How the reply of a turn leaves where it goes.
    reply_rules_for: Callable[[ReplyRoute], ReplyRules] = lambda _route: USUAL_REPLIES
    #: Where an answer in the making is shown; ``None`` where nothing can be edited.
    preview_for: Callable[[ReplyRoute], PreviewSurface | None] = lambda _route: None
    #: How the reply of a turn is spoken where it goes.
    speech_for: Callable[[ReplyRoute], SpeechRules] = lambda _route: SpeechRules()
    #: The skills that an agent has at this moment; a turn asks once.
    skills_of: Callable[[str], SkillSnapshot] = lambda _agent_id: NO_SKILLS
    #: Tools from elsewhere that there are at this moment, beside ``tools``. A turn asks once, with the layers that it
    #: will decide by, so that nothing is started of which nothing would pass; it may have to wait.
    remote_tools: Callable[[Sequence[PolicyLayer]], Mapping[str, Tool]] = lambda _layers: {}


#: The runtime of a version; the current one for ``None``, and where a version is not to be had any more.
Runtimes = Callable[[int | None], AgentRuntime]

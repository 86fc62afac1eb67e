"""The tools that deal with other sessions: sub-agents, and what may be seen and said elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from openclaw.composition.intake import subagent_rules
from openclaw.composition.live_settings import LiveSettings
from openclaw.composition.storage import Storage
from openclaw.domain.session_reach import SessionRules, Visibility
from openclaw.intake.session_post import SessionMail
from openclaw.intake.subagent_desk import SubagentDesk
from openclaw.plugins.registry import Registry
from openclaw.tools.agents_list import register_agents_list
from openclaw.tools.reachable_sessions import ReachableSessions
from openclaw.tools.sessions_history import register_sessions_history
from openclaw.tools.sessions_list import register_sessions_list
from openclaw.tools.sessions_send import register_sessions_send
from openclaw.tools.sessions_spawn import register_sessions_spawn
from openclaw.tools.subagents import register_subagents


def add_session_tools(
    registry: Registry, live: LiveSettings, storage: Storage, desk: SubagentDesk, mail: SessionMail
) -> None:
    """Add them all. What they may do follows the configuration."""

    def rules() -> SessionRules:
        tools = live.settings.tools
        between = tools.agent_to_agent
        return SessionRules(Visibility(tools.sessions.visibility), between.enabled, between.allow)

    def workspace_of(agent_id: str) -> Path | None:
        agent = live.settings.agents.by_id.get(agent_id)
        return None if agent is None else Path(agent.workspace)

    def names() -> Mapping[str, str]:
        return {agent.id: agent.name for agent in live.settings.agents.by_id.values()}

    sessions = ReachableSessions(storage.sessions, rules)
    register_sessions_list(registry, sessions)
    register_sessions_history(registry, sessions)
    register_sessions_send(registry, sessions, mail)
    register_sessions_spawn(registry, desk, workspace_of)
    register_subagents(registry, desk)
    register_agents_list(registry, names, partial(subagent_rules, live))

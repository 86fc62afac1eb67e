"""Which sessions an agent's tools may look at and write to, from the session that it works in. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from openclaw.domain.session_key import parse_session_key

#: The option of a run whose message another session sent: how many sessions it has come through.
HOPS = "hops"
#: Sessions that may write to each other in a row before one of them must come to an end. OpenClaw's limit.
MAX_HOPS = 5
#: An answer to another session that needs none. OpenClaw's word.
REPLY_SKIP = "REPLY_SKIP"


class Visibility(StrEnum):
    """Which sessions are seen, each including those before it."""

    SELF = "self"
    #: Those that it opened, and those that they opened.
    TREE = "tree"
    AGENT = "agent"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class SessionRules:
    """What the configuration says of agents and other sessions."""

    visibility: Visibility = Visibility.TREE
    #: Whether agents may see and write to sessions of other agents.
    agent_to_agent: bool = False
    #: Agents that may, ``*`` for all; both sides must be among them.
    allow_agents: tuple[str, ...] = ("*",)


def why_unseen(rules: SessionRules, own_key: str, other_key: str, lineage: Sequence[str]) -> str:
    """Why a session may not be seen from another; empty when it may. ``lineage`` are those that opened it, if any."""
    if other_key == own_key:
        return ""
    if own_key in lineage and rules.visibility is not Visibility.SELF:
        return ""
    own, other = parse_session_key(own_key).agent_id, parse_session_key(other_key).agent_id
    if own == other:
        if rules.visibility in (Visibility.AGENT, Visibility.ALL):
            return ""
        return f"only {_SEEN[rules.visibility]} can be seen (tools.sessions.visibility is {rules.visibility.value})"
    if rules.visibility is not Visibility.ALL:
        return f"it is another agent's, and tools.sessions.visibility is {rules.visibility.value}, not all"
    if not rules.agent_to_agent:
        return "agents may not reach each other's sessions (tools.agent_to_agent.enabled is false)"
    missing = [agent for agent in (own, other) if not {agent, "*"} & set(rules.allow_agents)]
    return f"agent {missing[0]} is not in tools.agent_to_agent.allow" if missing else ""


_SEEN = {
    Visibility.SELF: "this session",
    Visibility.TREE: "this session and those that it opened",
}

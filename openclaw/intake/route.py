"""Where a message goes: agent, session key, lane class, doorbell queue, queue policy."""

from __future__ import annotations

from dataclasses import dataclass, replace

from openclaw.domain.broadcast import agents_at
from openclaw.domain.envelope import InboundEnvelope
from openclaw.domain.queue_mode import QueueMode, QueueSettings
from openclaw.domain.session_key import (
    canonical_session_key,
    normalize_agent_id,
    parse_session_key,
    session_key_for,
)
from openclaw.errors import UnknownAgent
from openclaw.intake.policy import AgentRoute, IntakePolicy


@dataclass(frozen=True, slots=True)
class Route:
    """The answer to every question that must be settled before a message is stored."""

    session_key: str
    agent_id: str
    lane_class: str
    queue: str
    mode: QueueMode
    settings: QueueSettings
    max_pending_class: int
    #: Whose answer it is, where several agents answer.
    label: str = ""


def route_envelope(policy: IntakePolicy, envelope: InboundEnvelope) -> tuple[Route, ...]:
    """Route a channel's message: to the agents of its conversation, each with a label, or to one by the bindings."""
    several = agents_at(policy.broadcast, envelope)
    agents = [_agent(policy, agent_id) for agent_id in several or (policy.choose_agent(envelope),)]
    routes = [
        _route(policy, session_key_for(agent.agent_id, envelope, policy.session), agent, envelope.channel, None)
        for agent in agents
    ]
    if not several:
        return tuple(routes)
    return tuple(
        replace(route, label=agent.name or agent.agent_id) for route, agent in zip(routes, agents, strict=True)
    )


def route_client(policy: IntakePolicy, session_key: str, agent_id: str | None, mode: QueueMode | None) -> Route:
    """Route a client's message, which names its session. Raises InvalidRequest or UnknownAgent."""
    default = normalize_agent_id(agent_id) if agent_id else policy.default_agent
    key = canonical_session_key(session_key, default)
    agent = _agent(policy, parse_session_key(key).agent_id)
    return _route(policy, key, agent, "client", mode)


def _agent(policy: IntakePolicy, agent_id: str) -> AgentRoute:
    agent = policy.agents.get(agent_id)
    if agent is None:
        known = ", ".join(sorted(policy.agents))
        raise UnknownAgent(f"unknown agent id {agent_id!r}; configured: {known}", details={"code": "UNKNOWN_AGENT_ID"})
    return agent


def _route(policy: IntakePolicy, key: str, agent: AgentRoute, channel: str, mode: QueueMode | None) -> Route:
    lane_class = parse_session_key(key).lane_class
    settings = policy.queue_by_channel.get(channel, policy.queue)
    return Route(
        session_key=key,
        agent_id=agent.agent_id,
        lane_class=lane_class,
        queue=agent.queue or f"agent.{lane_class}",
        mode=mode or settings.mode,
        settings=settings,
        max_pending_class=policy.max_pending_class.get(lane_class, policy.default_max_pending),
    )

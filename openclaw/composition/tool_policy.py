"""The layers of the tool policy as the configuration has them, shared by workers, gateways and the command line."""

from __future__ import annotations

from openclaw.domain.tool_policy import PolicyLayer, SurfaceRules
from openclaw.settings.schema import Agent
from openclaw.settings.sections.gateway import Gateway


def agent_layer(agent: Agent) -> PolicyLayer:
    """What ``[agents.<id>.tools]`` says."""
    return PolicyLayer(f"agents.{agent.id}.tools", agent.tools.allow, agent.tools.deny)


def surface_rules(gateway: Gateway) -> SurfaceRules:
    """What ``[gateway.tools]`` says."""
    return SurfaceRules(gateway.tools.allow, gateway.tools.deny)

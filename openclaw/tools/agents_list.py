"""``agents_list``: the agents under which this one may open sub-agents."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.domain.subagents import SubagentRules, may_ask
from openclaw.plugins.registry import Registry
from openclaw.ports.provider import ToolSpec
from openclaw.ports.tool import ToolContext, ToolOutcome
from openclaw.tools.arguments import check_arguments

_SPEC = ToolSpec(
    name="agents_list",
    description="The agents that sessions_spawn may be given as agentId from here.",
    parameters={"type": "object", "properties": {}, "additionalProperties": False},
)

#: Agents' names for people by their ids.
AgentNames = Callable[[], Mapping[str, str]]


class AgentsListTool:
    """Reads the configuration."""

    spec = _SPEC
    replay = ReplayPolicy.SAFE
    risk = RiskClass.READ

    def __init__(self, names: AgentNames, rules_of: Callable[[str], SubagentRules]) -> None:
        self._names = names
        self._rules_of = rules_of

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome:
        """This agent first."""
        check_arguments(self.spec, arguments)
        own, rules = context.agent_id, self._rules_of(context.agent_id)
        allowed = {id_: name for id_, name in self._names().items() if may_ask(rules, own, id_)}
        ordered = sorted(allowed, key=lambda id_: (id_ != own, id_))
        agents = [{"id": id_, "name": allowed[id_], "self": id_ == own} for id_ in ordered]
        return ToolOutcome(json.dumps({"requester": own, "agents": agents}, ensure_ascii=False))


def register_agents_list(registry: Registry, names: AgentNames, rules_of: Callable[[str], SubagentRules]) -> None:
    """Add the tool."""
    registry.add_tool(AgentsListTool(names, rules_of), source=__name__)

"""The rules for tools as the configuration has them, shared by workers, gateways and the command line."""

from __future__ import annotations

from collections.abc import Mapping

from openclaw.domain.containment import Containment
from openclaw.domain.tool_chain import GroupRules, ToolBook, ToolRules
from openclaw.domain.tool_policy import SurfaceRules
from openclaw.settings.schema import Settings
from openclaw.settings.sections.gateway import Gateway
from openclaw.settings.sections.models import ToolPolicy
from openclaw.settings.sections.tools import GroupTools, ProviderTools, ToolsSection

#: ``allow`` of an agent that says nothing: no opinion.
_ALL = ("*",)


def tool_book(settings: Settings) -> ToolBook:
    """What ``[tools]`` and ``[agents.<id>.tools]`` say."""
    agents = settings.agents.by_id.values()
    narrower, sandbox = settings.tools.subagents, settings.tools.sandbox
    return ToolBook(
        everywhere=_rules(settings.tools),
        agents={agent.id: _rules(agent.tools) for agent in agents},
        groups=tuple(_group(number, group) for number, group in enumerate(settings.tools.groups)),
        containment=Containment(sandbox.mode, sandbox.allow, sandbox.deny),
        subagents=ToolRules(allow=narrower.allow, deny=narrower.deny),
        depths={agent.id: agent.subagents.max_depth for agent in agents},
    )


def surface_rules(gateway: Gateway) -> SurfaceRules:
    """What ``[gateway.tools]`` says."""
    return SurfaceRules(gateway.tools.allow, gateway.tools.deny)


def _rules(section: ToolsSection | ToolPolicy | ProviderTools) -> ToolRules:
    by_provider: Mapping[str, ProviderTools] = {} if isinstance(section, ProviderTools) else section.by_provider
    return ToolRules(
        profile=section.profile or "",
        allow=None if section.allow == _ALL else section.allow,
        also_allow=section.also_allow,
        deny=section.deny,
        by_provider={key: _rules(each) for key, each in by_provider.items()},
    )


def _group(number: int, group: GroupTools) -> GroupRules:
    return GroupRules(
        name=f"tools.groups[{number}]",
        rules=ToolRules(allow=group.allow, deny=group.deny),
        channel=group.channel,
        account=group.account,
        peer=group.peer,
        by_sender={key: ToolRules(allow=each.allow, deny=each.deny) for key, each in group.by_sender.items()},
    )

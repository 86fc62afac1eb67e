"""What ``[tools]`` alone cannot say: that the groups of tools that it names are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from openclaw.domain.tool_groups import GROUP_NAMES, GROUP_PREFIX
from openclaw.settings.file_schema import Problem, nearest
from openclaw.settings.schema import Agent
from openclaw.settings.sections.models import ToolPolicy
from openclaw.settings.sections.tools import (
    GroupTools,
    ProviderTools,
    SandboxTools,
    SenderTools,
    SubagentTools,
    ToolsSection,
)

Path = tuple[str | int, ...]
Rules = ToolsSection | ToolPolicy | ProviderTools | GroupTools | SandboxTools | SenderTools | SubagentTools


def check_tools(tools: ToolsSection, agents: Mapping[str, Agent]) -> Iterator[Problem]:
    """Everything that is wrong. A tool may come with a plugin that is not there yet; groups are known."""
    for path, rules in _places(tools, agents):
        for key in ("allow", "also_allow", "deny"):
            for pattern in getattr(rules, key, None) or ():
                name = pattern.strip().lower()
                group = name.removeprefix(GROUP_PREFIX)
                if name.startswith(GROUP_PREFIX) and group not in GROUP_NAMES:
                    likely = nearest(group, GROUP_NAMES)
                    hint = f"did you mean {GROUP_PREFIX}{likely}?" if likely else f"groups: {', '.join(GROUP_NAMES)}"
                    yield Problem((*path, key), f"there is no group of tools {group!r}; {hint}")


def _places(tools: ToolsSection, agents: Mapping[str, Agent]) -> Iterator[tuple[Path, Rules]]:
    yield ("tools",), tools
    yield ("tools", "sandbox"), tools.sandbox
    yield ("tools", "subagents"), tools.subagents
    yield from _by_provider(("tools",), tools)
    for index, group in enumerate(tools.groups):
        yield ("tools", "groups", index), group
        for sender, rules in group.by_sender.items():
            yield ("tools", "groups", index, "by_sender", sender), rules
    for id_, agent in agents.items():
        yield ("agents", id_, "tools"), agent.tools
        yield from _by_provider(("agents", id_, "tools"), agent.tools)


def _by_provider(path: Path, rules: ToolsSection | ToolPolicy) -> Iterator[tuple[Path, Rules]]:
    for key, found in rules.by_provider.items():
        yield (*path, "by_provider", key), found

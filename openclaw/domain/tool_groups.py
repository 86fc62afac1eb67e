"""The groups that tools are shown in (OpenClaw's names)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openclaw.domain.mcp_names import is_mcp_tool


@dataclass(frozen=True, slots=True)
class ToolGroup:
    """A group with its title and the tools that belong to it, whether they are there or not."""

    id: str
    label: str
    tools: frozenset[str]


GROUPS: tuple[ToolGroup, ...] = (
    ToolGroup("fs", "Files", frozenset({"read", "write", "edit", "apply_patch"})),
    ToolGroup("runtime", "Commands", frozenset({"exec", "process"})),
    ToolGroup("web", "Web", frozenset({"web_search", "web_fetch"})),
    ToolGroup("memory", "Memory", frozenset({"memory_search", "memory_get"})),
    ToolGroup(
        "sessions",
        "Sessions",
        frozenset(
            {
                *("sessions_list", "sessions_history", "sessions_send", "sessions_spawn", "session_status"),
                *("subagents", "agents_list"),
            }
        ),
    ),
    ToolGroup("ui", "Screens", frozenset({"browser", "canvas"})),
    ToolGroup("messaging", "Messages", frozenset({"message", "tts"})),
    ToolGroup("automation", "Automation", frozenset({"cron", "gateway"})),
    ToolGroup("nodes", "Devices", frozenset({"nodes"})),
    ToolGroup("media", "Media", frozenset({"image", "image_generate"})),
)
#: Where tools of MCP servers are.
MCP = ToolGroup("mcp", "MCP servers", frozenset())
#: Where tools of plugins are.
OTHERS = ToolGroup("plugins", "Plugins", frozenset())

_BY_TOOL: Mapping[str, ToolGroup] = {tool: group for group in GROUPS for tool in group.tools}


def group_of(tool: str) -> ToolGroup:
    """The group of a tool."""
    return _BY_TOOL.get(tool, MCP if is_mcp_tool(tool) else OTHERS)


#: How rules name groups.
GROUP_PREFIX = "group:"
#: All tools that come with OpenClaw, and those that do not.
BUILT_IN = "openclaw"
#: Other names that rules may call tools by. OpenClaw's.
ALIASES: Mapping[str, str] = {"bash": "exec", "apply-patch": "apply_patch", "applypatch": "apply_patch"}
#: Every name that rules may have behind ``group:``.
GROUP_NAMES = (*(group.id for group in GROUPS), MCP.id, OTHERS.id, BUILT_IN)


def in_group(tool: str, group: str) -> bool:
    """Whether a tool belongs to a group, by the group's name."""
    found = group_of(tool)
    from_elsewhere = found in (MCP, OTHERS)
    if group in (BUILT_IN, OTHERS.id):
        return from_elsewhere is (group == OTHERS.id)
    return found.id == group

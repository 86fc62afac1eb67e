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

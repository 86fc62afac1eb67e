"""Every tool that this configuration has, for looking at: whoever calls one finds that nothing is behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openclaw.composition.browser_tool import add_browser_tool
from openclaw.composition.exec_tools import add_exec_tools
from openclaw.composition.gateway_tool import add_gateway_tool
from openclaw.composition.live_settings import LiveSettings
from openclaw.composition.media import add_image_tool
from openclaw.composition.message_tool import add_message_tool
from openclaw.composition.session_tools import add_session_tools
from openclaw.composition.web_tools import add_web_tools
from openclaw.plugins.builtin import register_builtin
from openclaw.plugins.registry import Registry
from openclaw.ports.tool import Tool
from openclaw.tools.memory import register_memory_tools
from openclaw.tools.nodes import register_nodes_tool


class _Nothing:
    """Stands for the database, desks and indexes, which nobody asks here."""

    def __getattr__(self, name: str) -> Any:
        return _Nothing()


def tool_catalog(live: LiveSettings) -> Mapping[str, Tool]:
    """By name."""
    nothing: Any = _Nothing()
    registry = Registry()
    register_builtin(registry)
    register_nodes_tool(registry, nothing)
    add_exec_tools(registry, live.settings, nothing)
    add_web_tools(registry, live.settings)
    add_browser_tool(registry, live.settings)
    add_message_tool(registry, live, nothing, nothing)
    add_gateway_tool(registry, live.settings, nothing, nothing, nothing)
    register_memory_tools(registry, nothing)
    add_image_tool(registry, live, nothing)
    add_session_tools(registry, live, nothing, nothing, nothing)
    return registry.tools

"""Every tool that this configuration has, for looking at: whoever calls one finds that nothing is behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from openclaw.composition.live_settings import LiveSettings
from openclaw.composition.tool_shelf import ToolParts, add_tools
from openclaw.plugins.builtin import register_builtin
from openclaw.plugins.registry import Registry
from openclaw.ports.tool import Tool


class _Nothing:
    """Stands for the database, desks and indexes, which nobody asks here."""

    def __getattr__(self, name: str) -> Any:
        return _Nothing()


def tool_catalog(live: LiveSettings) -> Mapping[str, Tool]:
    """By name."""
    nothing: Any = _Nothing()
    registry = Registry()
    register_builtin(registry)
    add_tools(registry, live, ToolParts(*(nothing for _ in fields(ToolParts))))
    return registry.tools

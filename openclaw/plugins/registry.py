"""The one registry of channels, tools and providers; built-in ones register like anyone else's.

Owns the names. A name that is taken is an error that names both sources; the first one stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Generic, TypeVar

from openclaw.errors import OpenClawError
from openclaw.ports.channel import ChannelPlugin
from openclaw.ports.provider import ProviderPlugin
from openclaw.ports.tool import Tool

T = TypeVar("T")


class NameTaken(OpenClawError):
    """Two plugins want the same name."""

    fault = "operator"


@dataclass(slots=True)
class _Shelf(Generic[T]):
    kind: str
    items: dict[str, T] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, item: T, source: str) -> None:
        if name in self.items:
            raise NameTaken(f"{self.kind} {name!r} of {source} is registered already by {self.sources[name]}")
        self.items[name] = item
        self.sources[name] = source


class Registry:
    """What is there, by name. ``source`` says who brought it, for messages."""

    def __init__(self) -> None:
        self._channels: _Shelf[ChannelPlugin] = _Shelf("channel")
        self._tools: _Shelf[Tool] = _Shelf("tool")
        self._providers: _Shelf[ProviderPlugin] = _Shelf("provider api")

    def add_channel(self, plugin: ChannelPlugin, *, source: str) -> None:
        self._channels.add(plugin.name, plugin, source)

    def add_tool(self, tool: Tool, *, source: str) -> None:
        self._tools.add(tool.spec.name, tool, source)

    def add_provider(self, plugin: ProviderPlugin, *, source: str) -> None:
        for api in plugin.apis:
            self._providers.add(api, plugin, source)

    @property
    def channels(self) -> Mapping[str, ChannelPlugin]:
        return MappingProxyType(self._channels.items)

    @property
    def tools(self) -> Mapping[str, Tool]:
        return MappingProxyType(self._tools.items)

    @property
    def tool_sources(self) -> Mapping[str, str]:
        """Who brought each tool."""
        return MappingProxyType(self._tools.sources)

    @property
    def providers(self) -> Mapping[str, ProviderPlugin]:
        """By ``api`` name."""
        return MappingProxyType(self._providers.items)


#: A plugin module's one function.
Register = Callable[[Registry], None]

"""Tools of MCP servers, as the configuration wants them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from openclaw.composition.tool_policy import agent_layer
from openclaw.domain.mcp_names import covers_server
from openclaw.domain.tool_policy import decide
from openclaw.mcp.pool import McpPool
from openclaw.ports.mcp import McpDown, McpServer
from openclaw.ports.tool import Tool
from openclaw.settings.schema import Agent, Settings
from openclaw.tools.mcp_tool import remote_tools

MISSING = "the extra `mcp` is not installed: pip install 'openclaw-celery[mcp]'"

log = logging.getLogger(__name__)


def is_installed() -> bool:
    """Whether the SDK is there."""
    return find_spec("mcp") is not None


def mcp_servers(settings: Settings) -> tuple[McpServer, ...]:
    """The servers that are switched on."""
    return tuple(
        McpServer(
            name=name,
            command=section.command,
            args=section.args,
            env=tuple(sorted(section.env.items(), key=lambda pair: pair[0])),
            cwd=Path(section.cwd).expanduser() if section.cwd else settings.home,
            url=section.url or "",
            headers=tuple(sorted(section.headers.items(), key=lambda pair: pair[0])),
            transport=section.transport,
            start_seconds=section.start_seconds,
            call_seconds=section.timeout_seconds,
        )
        for name, section in settings.mcp.servers.items()
        if section.enabled
    )


class McpShelf:
    """What one configuration's agents have of its servers. Thread-safe."""

    def __init__(self, pool: McpPool, settings: Settings) -> None:
        self._pool = pool
        self._agents: Mapping[str, Agent] = settings.agents.by_id
        self.servers = mcp_servers(settings)
        if self.servers and not is_installed():
            log.warning("MCP servers are configured, and %s", MISSING)
            self.servers = ()

    def tools_of(self, agent_id: str) -> Mapping[str, Tool]:
        """The tools that the agent may use at this moment; a server that is down has none, and no turn fails by it."""
        agent = self._agents.get(agent_id)
        if agent is None or not self.servers:
            return {}
        wanted = [each for each in self.servers if not any(covers_server(deny, each.name) for deny in agent.tools.deny)]
        found: dict[str, Tool] = {}
        for server, listed in self._pool.tools(wanted).items():
            if isinstance(listed, McpDown):
                log.info("agent %s goes without the tools of %s: %s", agent_id, server.name, listed)
                continue
            found.update(remote_tools(server, listed, self._pool))
        allowed = decide(found, (agent_layer(agent),)).allowed
        return {name: tool for name, tool in found.items() if name in allowed}

"""A tool of an MCP server as one of the agent's."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from openclaw.domain.mcp_names import exposed_names
from openclaw.domain.pruning import shorten
from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.domain.untrusted import NOTE, untrusted_block
from openclaw.ports.mcp import McpCall, McpServer, McpTool
from openclaw.ports.provider import ToolSpec
from openclaw.ports.tool import ToolContext, ToolOutcome

#: Characters of a result that are shown.
RESULT_CHARS = 50_000


class RemoteTool:
    """Passes calls on. The server checks the arguments; what it answers is text from outside."""

    #: Nobody but the server knows what a second call would do.
    replay = ReplayPolicy.ASK

    def __init__(self, spec: ToolSpec, server: McpServer, tool: McpTool, call: McpCall) -> None:
        self.spec = spec
        self.risk = RiskClass.NETWORK if tool.read_only else RiskClass.EXECUTE
        self._server = server
        self._tool = tool
        self._call = call

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome:
        """Call it once. Raises as ``McpServers.call`` does."""
        answer = self._call(self._server, self._tool.name, arguments, context.cancel)
        block = untrusted_block(shorten(self._server.hide(answer.text), RESULT_CHARS), secrets.token_hex(8))
        return ToolOutcome(f"{NOTE}\n{block}", is_error=answer.is_error)


def remote_tools(server: McpServer, listed: tuple[McpTool, ...], call: McpCall) -> Mapping[str, RemoteTool]:
    """The tools of a server by the names that models see."""
    by_name = {tool.name: tool for tool in listed}
    found: dict[str, RemoteTool] = {}
    for name, own in exposed_names(server.name, by_name).items():
        tool = by_name[own]
        description = f"{tool.description or own} (MCP server {server.name})"
        found[name] = RemoteTool(ToolSpec(name, description, dict(tool.parameters)), server, tool, call)
    return found

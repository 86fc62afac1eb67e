"""``openclaw mcp``: the servers whose tools agents have, and what those tools are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from openclaw.cli.options import environment, json_option, print_json
from openclaw.cli.table import print_table
from openclaw.errors import NotFound, Unavailable

if TYPE_CHECKING:
    from openclaw.settings.schema import Settings
    from openclaw.settings.sections.mcp import McpServerSection


@click.group("mcp")
def command() -> None:
    """Servers of the Model Context Protocol."""


@command.command("list")
@json_option
def list_servers(*, as_json: bool) -> None:
    """List the servers of this host's configuration. None is started or asked."""
    servers = [_shown(name, section) for name, section in _settings().mcp.servers.items()]
    if as_json:
        print_json({"servers": servers})
        return
    rows = [(each["name"], "yes" if each["enabled"] else "no", each["transport"], each["place"]) for each in servers]
    print_table(("SERVER", "ON", "BY", "PLACE"), rows, empty="No MCP servers are configured ([mcp.servers.<name>]).")


@command.command("tools")
@click.argument("name")
@json_option
def list_tools(name: str, *, as_json: bool) -> None:
    """Ask the server NAME, from this host, what it offers; a program is started for it and ended."""
    from openclaw.composition.mcp import MISSING, is_installed, mcp_servers
    from openclaw.mcp.pool import McpPool
    from openclaw.ports.mcp import McpDown
    from openclaw.tools.mcp_tool import remote_tools

    settings = _settings()
    server = next((each for each in mcp_servers(settings) if each.name == name), None)
    if server is None:
        raise NotFound(f"there is no MCP server {name!r} that is switched on; see `openclaw mcp list`")
    if not is_installed():
        raise Unavailable(MISSING)
    pool = McpPool(settings.logs_dir)
    try:
        listed = pool.tools([server])[server]
    finally:
        pool.close()
    if isinstance(listed, McpDown):
        raise Unavailable(str(listed))
    tools = [
        {"name": tool.spec.name, "description": tool.spec.description, "risk": tool.risk.value}
        for tool in remote_tools(server, listed, pool.call).values()
    ]
    if as_json:
        print_json({"server": name, "tools": tools})
        return
    rows = [(tool["name"], tool["risk"], tool["description"].partition("\n")[0]) for tool in tools]
    print_table(("TOOL", "RISK", "DOES"), rows, empty=f"{name} offers no tools.")


def _settings() -> Settings:
    from openclaw.composition.settings import read_live_settings

    return read_live_settings(environment()).settings


def _shown(name: str, section: McpServerSection) -> dict[str, Any]:
    # Arguments, paths and queries may hold credentials.
    place = section.command or f"{urlsplit(section.url or '').scheme}://{urlsplit(section.url or '').hostname}"
    transport = "stdio" if section.command else section.transport
    return {"name": name, "enabled": section.enabled, "transport": transport, "place": place}

"""``openclaw agents``"""

from __future__ import annotations

from typing import Any

import click

from openclaw.cli.options import client_options, gateway, json_option, print_json
from openclaw.cli.rpc import READ, GatewayClient
from openclaw.cli.table import print_table


@click.group("agents")
def command() -> None:
    """The agents of the gateway."""


@command.command("list")
@client_options
@json_option
def list_agents(url: str | None, token: str | None, *, as_json: bool) -> None:
    """List the agents."""
    with GatewayClient(gateway(url, token), scopes=READ) as client:
        found = client.call("agents.list", {})
    if as_json:
        print_json(found)
        return
    default = found.get("defaultId")
    rows = [
        (agent.get("id"), agent.get("name"), _model(agent.get("model")), "yes" if agent.get("id") == default else "")
        for agent in found.get("agents", [])
    ]
    print_table(("AGENT", "NAME", "MODEL", "DEFAULT"), rows, empty="There are no agents.")


def _model(model: Any) -> str:
    return str(model.get("primary") or "") if isinstance(model, dict) else str(model or "")

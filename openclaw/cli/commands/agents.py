"""``openclaw agents``"""

from __future__ import annotations

from typing import Any

import click

from openclaw.cli.options import client_options, gateway, json_option, print_json
from openclaw.cli.rpc import ADMIN, READ, GatewayClient
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


@command.command("add")
@click.argument("name")
@click.option("--model", metavar="PROVIDER/MODEL", help="Its model; default: that of [agents.defaults].")
@click.option("--workspace", metavar="FOLDER", help="Its folder; default: one of its own in the state folder.")
@client_options
@json_option
def add(url: str | None, token: str | None, *, as_json: bool, **section: str | None) -> None:
    """Add an agent. Its id is NAME in lower case."""
    made = _call(url, token, "agents.create", section)
    if as_json:
        print_json(made)
    else:
        click.echo(f"added {made['agentId']}, which works in {made['workspace']}")


@command.command("edit")
@click.argument("agent")
@click.option("--name", metavar="TEXT", help="A name for people.")
@click.option("--model", metavar="PROVIDER/MODEL", help="Its model; empty for that of [agents.defaults].")
@click.option("--workspace", metavar="FOLDER", help="Its folder.")
@client_options
@json_option
def edit(url: str | None, token: str | None, agent: str, *, as_json: bool, **section: str | None) -> None:
    """Change what is given of an agent."""
    if not any(value is not None for value in section.values()):
        raise click.UsageError("nothing to change; see --help")
    without_model = {"model": None} if section["model"] == "" else {}
    done = _call(url, token, "agents.update", {"agentId": agent, **section}, without_model)
    if as_json:
        print_json(done)
    else:
        click.echo(f"changed {done['agentId']}")


@command.command("delete")
@click.argument("agent")
@click.option("--files", is_flag=True, help="Put its workspace into the trash of the state folder too.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@client_options
@json_option
def delete(url: str | None, token: str | None, agent: str, *, files: bool, yes: bool, as_json: bool) -> None:
    """Remove an agent and its bindings from the configuration. Its sessions stay."""
    if not yes:
        click.confirm(f"Delete the agent {agent} and its bindings?", abort=True)
    done = _call(url, token, "agents.delete", {"agentId": agent, "deleteFiles": files})
    if as_json:
        print_json(done)
        return
    click.echo(f"deleted {done['agentId']} and {done['removedBindings']} bindings")
    for failure in done.get("failed", ()):
        click.echo(f"{failure['path']} stays: {failure['reason']}", err=True)


def _call(
    url: str | None, token: str | None, method: str, params: dict[str, Any], extra: dict[str, Any] | None = None
) -> dict[str, Any]:
    given = {name: value for name, value in params.items() if value not in (None, "")}
    with GatewayClient(gateway(url, token), scopes=ADMIN) as client:
        answer: dict[str, Any] = client.call(method, {**given, **(extra or {})})
    return answer


def _model(model: Any) -> str:
    return str(model.get("primary") or "") if isinstance(model, dict) else str(model or "")

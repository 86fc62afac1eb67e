"""``openclaw tools``: which tools there are, why one may not be used, and calling one."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from openclaw.cli.options import client_options, environment, gateway, json_option, print_json
from openclaw.cli.rpc import ADMIN, READ, WRITE, GatewayClient
from openclaw.cli.table import print_table
from openclaw.domain.session_key import canonical_session_key, parse_session_key

if TYPE_CHECKING:
    from openclaw.composition.live_settings import LiveSettings
    from openclaw.domain.tool_policy import PolicyLayer
    from openclaw.ports.tool import Tool

#: Beyond the longest run.
_INVOKE_SECONDS = 700.0


@click.group("tools")
def command() -> None:
    """The tools of agents."""


@command.command("list")
@click.option("--session", metavar="KEY", default="main", show_default=True, help="Only what its turns may use.")
@click.option("--agent", metavar="ID", help="The agent; default: the default one.")
@click.option("--all", "everything", is_flag=True, help="Every tool that is there, allowed or not.")
@client_options
@json_option
def list_tools(
    session: str, agent: str | None, url: str | None, token: str | None, *, everything: bool, as_json: bool
) -> None:
    """List the tools that a session's turns may use."""
    params: dict[str, Any] = {} if everything else {"sessionKey": session}
    if agent:
        params["agentId"] = agent
    with GatewayClient(gateway(url, token), scopes=READ) as client:
        found = client.call("tools.catalog" if everything else "tools.effective", params)
    if as_json:
        print_json(found)
        return
    rows = [
        (tool.get("id"), group.get("label"), tool.get("risk"), tool.get("description"))
        for group in found.get("groups", [])
        for tool in group.get("tools", [])
    ]
    print_table(("TOOL", "GROUP", "RISK", "DOES"), rows, empty="There are no tools.")


@command.command("explain")
@click.argument("name", required=False)
@click.option("--agent", metavar="ID", help="The agent; default: the default one.")
@click.option("--session", metavar="KEY", default="main", show_default=True, help="Where the turn is.")
@click.option("--sender", metavar="ID", help="Who writes there, by the platform's id; default: the owner.")
@json_option
def explain(name: str | None, agent: str | None, session: str, sender: str | None, *, as_json: bool) -> None:
    """Say where the tool NAME, or each tool, may be used by this host's configuration, and who says so where not."""
    from openclaw.composition.settings import read_live_settings

    live = read_live_settings(environment())
    agents = live.settings.agents
    agent_id = agent or agents.default_id
    if agent_id not in agents.by_id:
        known = ", ".join(agents.by_id)
        raise click.BadParameter(f"no agent {agent_id!r}; known: {known}", param_hint="--agent")
    key = canonical_session_key(session, agent_id)
    chains, tools = _chains(live, key, sender)
    names = [name] if name else sorted(tools)
    places = [_place(tool, place, chain, tools) for tool in names for place, chain in chains.items()]
    if as_json:
        print_json({"tool": name, "agentId": agent_id, "sessionKey": key, "places": places})
        return
    if not name:
        places = [place for place in places if place["place"].startswith("turns")]
    rows = [(p["tool"], p["place"], "yes" if p["allowed"] else "no", p["layer"], p["rule"]) for p in places]
    print_table(("TOOL", "WHERE", "ALLOWED", "BY", "RULE"), rows, empty="")


def _chains(
    live: LiveSettings, key: str, sender: str | None
) -> tuple[dict[str, tuple[PolicyLayer, ...]], Mapping[str, Tool]]:
    """What stands before the tools, by where they are used, and the tools that there are."""
    from openclaw.composition.tool_catalog import tool_catalog
    from openclaw.composition.tool_policy import surface_rules, tool_book
    from openclaw.domain.tool_chain import ToolScene
    from openclaw.domain.tool_policy import surface_layers

    settings, tools = live.settings, tool_catalog(live)
    risks = {known: tool.risk for known, tool in tools.items()}
    agent = settings.agents.by_id.get(parse_session_key(key).agent_id, settings.agents.default)
    book, rules = tool_book(settings), surface_rules(settings.gateway)

    def turns(*, is_owner: bool) -> tuple[PolicyLayer, ...]:
        return book.layers(ToolScene(key, str(agent.model), sender or "", is_owner=is_owner))

    return {
        f"turns of {key}": turns(is_owner=sender is None),
        "tools.invoke, administrator": (*turns(is_owner=True), *surface_layers(risks, rules, is_owner=True)),
        "tools.invoke, others": (*turns(is_owner=False), *surface_layers(risks, rules, is_owner=False)),
    }, tools


def _place(name: str, place: str, chain: Sequence[PolicyLayer], tools: Mapping[str, Tool]) -> dict[str, Any]:
    from openclaw.domain.mcp_names import is_mcp_tool
    from openclaw.domain.tool_policy import Removal, decide

    removal = decide((name,), chain).removed.get(name)
    if name not in tools and not is_mcp_tool(name):
        removal = Removal("registry", "there is no such tool")
    return {
        "tool": name,
        "place": place,
        "allowed": removal is None,
        "layer": removal.layer if removal else "",
        "rule": removal.rule if removal else "",
    }


@command.command("invoke")
@click.argument("name")
@click.option("--args", "arguments", metavar="JSON", default="{}", help="The arguments; - reads standard input.")
@click.option("--session", metavar="KEY", help="The session whose context it has; default: the agent's main one.")
@click.option("--agent", metavar="ID", help="The agent; default: the default one.")
@click.option("--idempotency-key", metavar="KEY", help="The same key is one call.")
@client_options
@json_option
def invoke(
    name: str,
    arguments: str,
    session: str | None,
    agent: str | None,
    idempotency_key: str | None,
    url: str | None,
    token: str | None,
    *,
    as_json: bool,
) -> None:
    """Call NAME once, without a model; the exit code tells success."""
    given = {"sessionKey": session, "agentId": agent, "idempotencyKey": idempotency_key}
    params = {"name": name, "args": _object(arguments), **{key: text for key, text in given.items() if text}}
    with GatewayClient(gateway(url, token), scopes=(*WRITE, *ADMIN)) as client:
        answer = client.call("tools.invoke", params, timeout=_INVOKE_SECONDS)
    if as_json:
        print_json(answer)
    elif answer.get("ok"):
        parts = (answer.get("output") or {}).get("content") or []
        click.echo("\n".join(str(part.get("text", "")) for part in parts))
    else:
        click.echo(f"error: {(answer.get('error') or {}).get('message') or 'failed'}", err=True)
    if not answer.get("ok"):
        raise click.exceptions.Exit(1)


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(sys.stdin.read() if text == "-" else text)
    except ValueError as error:
        raise click.BadParameter(f"not JSON: {error}", param_hint="--args") from error
    if not isinstance(value, dict):
        raise click.BadParameter("must be a JSON object", param_hint="--args")
    return value

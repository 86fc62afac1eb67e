"""``openclaw nodes list | describe | pending | approve | reject | rename | remove``"""

from __future__ import annotations

import time
from typing import Any

import click

from openclaw.cli.options import client_options, done, gateway, json_option, print_json
from openclaw.cli.rpc import ADMIN, PAIRING, READ, GatewayClient
from openclaw.cli.table import ago, print_table
from openclaw.domain.naming import meant_by
from openclaw.errors import NotFound

SHORT = 12


def node_id(client: GatewayClient, wanted: str) -> str:
    """The id of the node that is meant. Raises NotFound."""
    nodes = client.call("node.list", {})["nodes"]
    found = meant_by(wanted, ((str(node["nodeId"]), node.get("displayName")) for node in nodes))
    if len(found) == 1:
        return found[0]
    what = f"{len(found)} nodes are" if found else "no node is"
    raise NotFound(f"{what} called {wanted!r}; `openclaw nodes list` shows them")


@click.command("list")
@client_options
@json_option
def list_nodes(url: str | None, token: str | None, *, as_json: bool) -> None:
    """List the nodes, and which are there."""
    with GatewayClient(gateway(url, token), scopes=READ) as client:
        found = client.call("node.list", {})
    if as_json:
        print_json(found)
        return
    now = time.time_ns() // 1_000_000
    rows = [
        (
            node["nodeId"][:SHORT],
            node.get("displayName"),
            node.get("platform"),
            "connected" if node["connected"] else ago(node.get("lastSeenAtMs"), now),
            ", ".join(node["commands"]),
        )
        for node in found["nodes"]
    ]
    print_table(("NODE", "NAME", "PLATFORM", "SEEN", "OFFERS"), rows, empty="No node is paired.")
    if any(node["unapprovedCommands"] for node in found["nodes"]):
        click.echo("some offer more than was approved: openclaw nodes pending")


@click.command("describe")
@click.argument("node")
@client_options
@json_option
def describe(url: str | None, token: str | None, node: str, *, as_json: bool) -> None:
    """Show one node and all it offers."""
    with GatewayClient(gateway(url, token), scopes=READ) as client:
        found = client.call("node.describe", {"nodeId": node_id(client, node)})
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        click.echo(f"{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}")


@click.command("pending")
@client_options
@json_option
def pending(url: str | None, token: str | None, *, as_json: bool) -> None:
    """Show what nodes offer beyond what was approved. Machines that are new wait in `openclaw devices list`."""
    with GatewayClient(gateway(url, token), scopes=PAIRING) as client:
        found = client.call("node.pair.list", {})
    if as_json:
        print_json(found)
        return
    rows = [(item["requestId"], item.get("displayName"), ", ".join(item["commands"])) for item in found["pending"]]
    print_table(("REQUEST", "NODE", "WANTS TO OFFER"), rows, empty="Nothing waits for approval.")


@click.command("approve")
@click.argument("request_id", metavar="REQUEST")
@client_options
@json_option
def approve(url: str | None, token: str | None, request_id: str, *, as_json: bool) -> None:
    """Let agents use what REQUEST offers."""
    found = _ask(url, token, "node.pair.approve", {"requestId": request_id}, ADMIN)
    done(found, f"{found['node']['displayName']} offers {', '.join(found['node']['commands'])}", as_json=as_json)


@click.command("reject")
@click.argument("request_id", metavar="REQUEST")
@client_options
@json_option
def reject(url: str | None, token: str | None, request_id: str, *, as_json: bool) -> None:
    """Turn REQUEST down; the node asks again when it connects anew."""
    found = _ask(url, token, "node.pair.reject", {"requestId": request_id}, PAIRING)
    done(found, f"{request_id} is rejected", as_json=as_json)


@click.command("rename")
@click.argument("node")
@click.argument("name")
@client_options
@json_option
def rename(url: str | None, token: str | None, node: str, name: str, *, as_json: bool) -> None:
    """Call NODE by another name."""
    with GatewayClient(gateway(url, token), scopes=ADMIN) as client:
        found = client.call("node.rename", {"nodeId": node_id(client, node), "displayName": name})
    done(found, f"{found['nodeId'][:SHORT]} is called {found['displayName']}", as_json=as_json)


@click.command("remove")
@click.argument("node")
@client_options
@json_option
def remove(url: str | None, token: str | None, node: str, *, as_json: bool) -> None:
    """Forget NODE: its connection ends, and it must be let in anew."""
    with GatewayClient(gateway(url, token), scopes=ADMIN) as client:
        found = client.call("node.pair.remove", {"nodeId": node_id(client, node)})
    done(found, f"{found['nodeId'][:SHORT]} is removed", as_json=as_json)


def _ask(
    url: str | None, token: str | None, method: str, params: dict[str, Any], scopes: tuple[str, ...]
) -> dict[str, Any]:
    with GatewayClient(gateway(url, token), scopes=scopes) as client:
        return dict(client.call(method, params))

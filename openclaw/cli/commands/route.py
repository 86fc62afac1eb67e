"""``openclaw route explain``: where a message goes, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from openclaw.cli.options import client_options, environment, gateway, json_option, print_json
from openclaw.cli.table import print_table

_ASKS = {
    "approval": "only if an operator approved the sender",
    "no-refusal": "unless an operator refused the sender",
}


@click.group("route")
def command() -> None:
    """Which agent answers which message, in which session."""


@command.command("explain")
@click.option("--channel", metavar="NAME", help="The channel, such as telegram.")
@click.option("--account", metavar="NAME", help="The account; default: the one named default.")
@click.option(
    "--peer", metavar="KIND:ID", help="The conversation, such as direct:42 or group:-100; default: the sender's."
)
@click.option("--sender", metavar="ID", help="Who writes.")
@click.option("--sender-name", metavar="NAME", help="What he calls himself.")
@click.option("--username", metavar="NAME", help="His name on the platform.")
@click.option("--phone", metavar="NUMBER", help="His number, such as +4917….")
@click.option("--thread", metavar="ID", help="The thread or topic.")
@click.option("--parent", metavar="KIND:ID", help="The conversation that a thread hangs on.")
@click.option("--guild", metavar="ID", help="The Discord server.")
@click.option("--team", metavar="ID", help="The Slack workspace.")
@click.option("--roles", metavar="ID,…", help="The sender's roles.")
@click.option("--json-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="All of it as JSON.")
@click.option("--message", metavar="RUN", help="A stored message: its run id, or channel:account:event.")
@client_options
@json_option
def explain(url: str | None, token: str | None, json_file: Path | None, *, as_json: bool, **said: str | None) -> None:
    """Show where a message goes: session, agent, the binding that won, and why every other one did not.

    Asks the config file of this machine, and with --url, OPENCLAW_GATEWAY_URL or --message the gateway, which also
    knows whom operators have let in.
    """
    question = _read(json_file) if json_file else _question(said)
    at_gateway = url or said["message"] or environment().get("OPENCLAW_GATEWAY_URL")
    found = _ask(question, url, token) if at_gateway else _of_file(question)
    print_json(found) if as_json else _show(found)


def _question(said: dict[str, str | None]) -> dict[str, Any]:
    peer_kind, peer_id = _peer(said["peer"], "--peer")
    parent_kind, parent_id = _peer(said["parent"], "--parent")
    question = {
        "message": said["message"],
        "channel": said["channel"],
        "accountId": said["account"],
        "peerKind": peer_kind,
        "peerId": peer_id,
        "parentPeerKind": parent_kind,
        "parentPeerId": parent_id,
        "senderId": said["sender"],
        "senderName": said["sender_name"],
        "senderUsername": said["username"],
        "senderE164": said["phone"],
        "threadId": said["thread"],
        "guildId": said["guild"],
        "teamId": said["team"],
        "roleIds": [role.strip() for role in (said["roles"] or "").split(",") if role.strip()],
    }
    return {name: value for name, value in question.items() if value}


def _peer(text: str | None, option: str) -> tuple[str, str]:
    if not text:
        return "", ""
    kind, colon, id_ = text.partition(":")
    if not colon or not id_:
        raise click.BadParameter("write it as KIND:ID, such as direct:42 or group:-100", param_hint=option)
    return kind, id_


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"cannot be read: {error}", param_hint="--json-file") from None
    if not isinstance(found, dict):
        raise click.BadParameter("must hold an object", param_hint="--json-file")
    return found


def _ask(question: dict[str, Any], url: str | None, token: str | None) -> dict[str, Any]:
    from openclaw.cli.rpc import READ, GatewayClient

    with GatewayClient(gateway(url, token), scopes=READ) as client:
        return dict(client.call("routing.explain", question))


def _of_file(question: dict[str, Any]) -> dict[str, Any]:
    from openclaw.composition.route_explanation import asked_envelope
    from openclaw.composition.route_explanation import explain as explained
    from openclaw.settings.load import settings_of
    from openclaw.settings.toml_source import read_toml

    place = environment()
    path = place.config_path
    return explained(settings_of(place), asked_envelope(question), source=read_toml(path) if path.is_file() else None)


def _show(found: dict[str, Any]) -> None:
    access = found["access"]
    if access["admitted"] is None:
        click.echo(f"admitted: {_ASKS[access['dependsOn']]}")
    else:
        click.echo("admitted: yes" if access["admitted"] else f"admitted: no ({access['reason']})")
    for route in found["routes"]:
        click.echo(f"agent: {route['agentId']}\nsession: {route['sessionKey']}")
    click.echo(f"by: {found['matchedBy']}")
    if found.get("warning"):
        click.echo(f"warning: {found['warning']}", err=True)
    rows = [
        (f"bindings[{each['position']}]", each.get("line"), each["agentId"], each["tier"], each["lost"] or "won")
        for each in found["candidates"]
    ]
    if rows:
        click.echo()
        print_table(("BINDING", "LINE", "AGENT", "TIER", "RESULT"), rows, empty="")

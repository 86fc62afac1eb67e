"""``openclaw sessions create``, ``edit`` and ``delete``"""

from __future__ import annotations

from typing import Any

import click

from openclaw.cli.options import client_options, done, gateway, json_option, print_json
from openclaw.cli.rpc import ADMIN, WRITE, GatewayClient

#: The gateway answers after three minutes at the latest.
COMPACT_SECONDS = 200.0


@click.command("create")
@click.argument("key", required=False)
@click.option("--agent", "agentId", metavar="ID", help="The agent; default: the default one.")
@click.option("--label", metavar="TEXT", help="A name; no other session of the agent may have it.")
@click.option("--model", metavar="MODEL", help="The model of its turns.")
@click.option("--parent", metavar="KEY", help="The session it belongs to.")
@click.option("-m", "--message", metavar="TEXT", help="The first message.")
@client_options
@json_option
def create(url: str | None, token: str | None, *, as_json: bool, parent: str | None, **rest: Any) -> None:
    """Make a session. Without KEY it is given one."""
    asked = {**rest, "parentSessionKey": parent}
    with GatewayClient(gateway(url, token), scopes=WRITE) as client:
        made = client.call("sessions.create", {name: value for name, value in asked.items() if value is not None})
    if as_json:
        print_json(made)
        return
    click.echo(made["key"])
    if "runError" in made:
        raise click.ClickException(f"the session is there, but not its first message: {made['runError']['message']}")


@click.command("edit")
@click.argument("key")
@click.option("--label", metavar="TEXT", help="A name; empty for none.")
@click.option("--model", metavar="MODEL", help="The model of its turns; empty for the agent's.")
@click.option("--category", metavar="TEXT", help="What it is filed under; empty for nothing.")
@click.option("--pin/--unpin", "pinned", default=None, help="Mark it as one to keep at hand.")
@click.option("--archive/--unarchive", "archived", default=None, help="Put it away, or bring it back.")
@client_options
@json_option
def edit(url: str | None, token: str | None, key: str, *, as_json: bool, **changes: Any) -> None:
    """Change what is given of a session, and nothing else."""
    given = {name: None if value == "" else value for name, value in changes.items() if value is not None}
    if not given:
        raise click.UsageError("nothing to change; see --help")
    with GatewayClient(gateway(url, token), scopes=WRITE) as client:
        done = client.call("sessions.patch", {"key": key, **given})
    if as_json:
        print_json(done)
    else:
        click.echo(f"changed {done['key']}: {', '.join(sorted(given))}")


@click.command("compact")
@click.argument("key")
@client_options
@json_option
def compact(url: str | None, token: str | None, key: str, *, as_json: bool) -> None:
    """Have the older part of a session summarized, so that its turns cost less. People still read all of it."""
    with GatewayClient(gateway(url, token), scopes=ADMIN) as client:
        found = client.call("sessions.compact", {"key": key}, timeout=COMPACT_SECONDS)
    done(found, found.get("summary") or found.get("reason", ""), as_json=as_json)


@click.command("delete")
@click.argument("key")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@client_options
@json_option
def delete(url: str | None, token: str | None, key: str, *, yes: bool, as_json: bool) -> None:
    """Delete a session and all that was said in it. What it is doing is stopped."""
    if not yes:
        click.confirm(f"Delete {key} and all that was said in it?", abort=True)
    with GatewayClient(gateway(url, token), scopes=ADMIN) as client:
        done = client.call("sessions.delete", {"key": key})
    if as_json:
        print_json(done)
    elif done["deleted"]:
        click.echo(f"deleted {done['key']}")
    else:
        raise click.ClickException(f"no session {key}; `openclaw sessions --all` lists them")

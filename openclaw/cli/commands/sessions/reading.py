"""``openclaw sessions show`` and ``search``"""

from __future__ import annotations

import time
from typing import Any

import click

from openclaw.cli.options import client_options, gateway, json_option, print_json
from openclaw.cli.rpc import READ, GatewayClient
from openclaw.cli.table import ago


@click.command("show")
@click.argument("key")
@click.option("--lines", type=click.IntRange(1, 50), default=12, show_default=True, help="Lines of the conversation.")
@client_options
@json_option
def show(url: str | None, token: str | None, key: str, lines: int, *, as_json: bool) -> None:
    """Show one session and its last lines."""
    with GatewayClient(gateway(url, token), scopes=READ) as client:
        session = client.call("sessions.describe", {"key": key}).get("session")
        if session is None:
            raise click.ClickException(f"no session {key}; `openclaw sessions --all` lists them")
        preview = client.call("sessions.preview", {"keys": [key], "limit": lines, "maxChars": 2000})["previews"][0]
    if as_json:
        print_json({"session": session, "preview": preview.get("items", [])})
        return
    now = time.time_ns() // 1_000_000
    click.echo(f"{session['key']}  {session.get('label') or ''}".rstrip())
    model = "/".join(part for part in (session.get("modelProvider"), session.get("model")) if part) or "no model yet"
    state = "running" if session.get("hasActiveRun") else f"active {ago(session.get('updatedAt'), now)}"
    marks = [word for word in ("pinned", "archived") if session.get(word)]
    click.echo(", ".join([model, f"{session.get('totalTokens') or 0} tokens", state, *marks]))
    for line in preview.get("items", []):
        click.echo(f"\n{click.style(line['role'], bold=True)}: {line['text']}")


@click.command("search")
@click.argument("words", nargs=-1, required=True)
@click.option("--session", "keys", metavar="KEY", multiple=True, help="Only in this session; may be given again.")
@click.option("--agent", metavar="ID", help="Only in sessions of this agent.")
@click.option("--limit", type=click.IntRange(1, 25), default=10, show_default=True, help="The most to show.")
@client_options
@json_option
def search(
    url: str | None,
    token: str | None,
    words: tuple[str, ...],
    keys: tuple[str, ...],
    agent: str | None,
    limit: int,
    *,
    as_json: bool,
) -> None:
    """Find what was said with all of WORDS in it, the newest first."""
    params: dict[str, Any] = {"query": " ".join(words), "limit": limit}
    if keys:
        params["sessionKeys"] = list(keys)
    if agent:
        params["agentId"] = agent
    with GatewayClient(gateway(url, token), scopes=READ) as client:
        found = client.call("sessions.search", params)
    if as_json:
        print_json(found)
        return
    now = time.time_ns() // 1_000_000
    for hit in found["results"]:
        click.echo(f"{hit['sessionKey']}  {hit['role']}, {ago(hit['timestamp'], now)}")
        click.echo(f"  {hit['snippet']}")
    if not found["results"]:
        click.echo("Nothing was found.")
    if found.get("truncated"):
        click.echo("… there may be more in what is older; --session looks into one session", err=True)

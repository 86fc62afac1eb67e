"""``openclaw sessions``"""

from __future__ import annotations

import time

import click

from openclaw.cli.options import client_options, gateway, json_option, print_json
from openclaw.cli.rpc import READ, GatewayClient
from openclaw.cli.table import ago, print_table


@click.command("sessions")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="The most to list.")
@click.option("--agent", metavar="ID", help="Only this agent's.")
@client_options
@json_option
def command(url: str | None, token: str | None, limit: int, agent: str | None, *, as_json: bool) -> None:
    """List sessions, most recently active first."""
    params: dict[str, object] = {"limit": limit}
    if agent:
        params["agentId"] = agent
    with GatewayClient(gateway(url, token), scopes=READ) as client:
        found = client.call("sessions.list", params)
    if as_json:
        print_json(found)
        return
    now = time.time_ns() // 1_000_000
    rows = [
        (
            session.get("key"),
            session.get("kind"),
            "/".join(part for part in (session.get("modelProvider"), session.get("model")) if part),
            session.get("totalTokens") or 0,
            "running" if session.get("hasActiveRun") else ago(session.get("updatedAt"), now),
        )
        for session in found.get("sessions", [])
    ]
    print_table(("SESSION", "KIND", "MODEL", "TOKENS", "ACTIVE"), rows, empty="There are no sessions yet.")
    if found.get("hasMore"):
        click.echo(f"… {found.get('totalCount')} in all; --limit shows more")

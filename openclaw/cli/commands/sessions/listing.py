"""``openclaw sessions list``"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import click

from openclaw.cli.options import client_options, gateway, json_option, print_json
from openclaw.cli.rpc import READ, GatewayClient
from openclaw.cli.table import ago, print_table

C = TypeVar("C", bound=Callable[..., Any])


def list_options(command: C) -> C:
    """What narrows a list of sessions."""
    for option in (
        json_option,
        client_options,
        click.option("--all", "also_archived", is_flag=True, help="Also those that were put away."),
        click.option("--active", "minutes", type=click.IntRange(min=1), metavar="MINUTES", help="Only lately active."),
        click.option("--search", metavar="TEXT", help="Only with this in the key, the label or the name."),
        click.option("--agent", metavar="ID", help="Only this agent's."),
        click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="The most to list."),
    ):
        command = option(command)
    return command


@click.command("list")
@list_options
def list_sessions(**wanted: Any) -> None:
    """List sessions, most recently active first."""
    show_list(**wanted)


def show_list(
    *,
    url: str | None,
    token: str | None,
    limit: int,
    agent: str | None,
    search: str | None,
    minutes: int | None,
    also_archived: bool,
    as_json: bool,
) -> None:
    """Ask for the list and print it."""
    asked = {
        "limit": limit,
        "agentId": agent,
        "search": search,
        "activeMinutes": minutes,
        "archived": "all" if also_archived else None,
    }
    with GatewayClient(gateway(url, token), scopes=READ) as client:
        found = client.call("sessions.list", {name: value for name, value in asked.items() if value is not None})
    if as_json:
        print_json(found)
        return
    now = time.time_ns() // 1_000_000
    rows = [_row(session, now) for session in found.get("sessions", [])]
    print_table(("SESSION", "LABEL", "MODEL", "TOKENS", "ACTIVE"), rows, empty="There are no sessions yet.")
    if found.get("hasMore"):
        click.echo(f"… {found.get('totalCount')} in all; --limit shows more")


def _row(session: dict[str, Any], now_ms: int) -> tuple[Any, ...]:
    return (
        session.get("key"),
        session.get("label") or session.get("displayName") or "",
        "/".join(part for part in (session.get("modelProvider"), session.get("model")) if part),
        session.get("totalTokens") or 0,
        "running" if session.get("hasActiveRun") else ago(session.get("updatedAt"), now_ms),
    )

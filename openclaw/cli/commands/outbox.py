"""``openclaw outbox``"""

from __future__ import annotations

import time
from typing import Any

import click

from openclaw.cli.options import client_options, done, gateway, json_option, print_json
from openclaw.cli.rpc import ADMIN, READ, GatewayClient
from openclaw.cli.table import ago, print_table

STATES = ("making", "pending", "sending", "sent", "failed", "unknown")


@click.group("outbox")
def command() -> None:
    """Replies on their way to channels, and those that never left."""


@command.command("list")
@click.option("--state", "states", type=click.Choice(STATES), multiple=True, help="Only these; may be repeated.")
@click.option("--channel", metavar="NAME", help="Only of this channel.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="The most to list.")
@click.option("--before", type=click.IntRange(1), metavar="ID", help="Only rows older than this one.")
@client_options
@json_option
def list_rows(url: str | None, token: str | None, states: tuple[str, ...], *, as_json: bool, **params: Any) -> None:
    """List rows that have not arrived, the newest first."""
    asked = {name: value for name, value in params.items() if value is not None}
    if states:
        asked["state"] = list(states)
    with GatewayClient(gateway(url, token), scopes=READ) as client:
        found = client.call("outbox.list", asked)
    if as_json:
        print_json(found)
        return
    now = time.time_ns() // 1_000_000
    rows = [
        (
            row["id"],
            row["state"],
            ago(row["createdAt"], now),
            f"{row['channel']}:{row['accountId']}",
            row["to"],
            row["attempts"],
            row.get("error") or " ".join(row["text"].split())[:60],
        )
        for row in found["rows"]
    ]
    print_table(("ROW", "STATE", "WRITTEN", "ACCOUNT", "TO", "TRIES", "WHAT"), rows, empty="There are no such rows.")
    if found.get("before"):
        click.echo(f"… --before {found['before']} looks further back")


@command.command("show")
@click.argument("row", type=click.IntRange(1))
@client_options
@json_option
def show(url: str | None, token: str | None, row: int, *, as_json: bool) -> None:
    """Show one row, with what the platform said."""
    with GatewayClient(gateway(url, token), scopes=READ) as client:
        found = client.call("outbox.get", {"id": row})
    if as_json:
        print_json(found)
        return
    for name, value in found["row"].items():
        click.echo(f"{name}: {value}")


@command.command("retry")
@click.argument("row", type=click.IntRange(1))
@client_options
@json_option
def retry(url: str | None, token: str | None, row: int, *, as_json: bool) -> None:
    """Send a row now that waits, failed or is unknown; an unknown one may arrive a second time."""
    _decide("outbox.retry", url, token, row, as_json=as_json)


@command.command("drop")
@click.argument("row", type=click.IntRange(1))
@client_options
@json_option
def drop(url: str | None, token: str | None, row: int, *, as_json: bool) -> None:
    """Never send a row that waits or is unknown."""
    _decide("outbox.drop", url, token, row, as_json=as_json)


def _decide(method: str, url: str | None, token: str | None, row: int, *, as_json: bool) -> None:
    with GatewayClient(gateway(url, token), scopes=ADMIN) as client:
        found = client.call(method, {"id": row})
    done(found, f"row {row} is {found['row']['state']}", as_json=as_json)

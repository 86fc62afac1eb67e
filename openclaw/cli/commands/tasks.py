"""``openclaw tasks``"""

from __future__ import annotations

import time
from typing import Any

import click

from openclaw.cli.options import client_options, gateway, json_option, print_json
from openclaw.cli.rpc import READ, WRITE, GatewayClient
from openclaw.cli.table import ago, print_table

STATUSES = ("queued", "running", "completed", "failed", "cancelled", "timed_out")


@click.group("tasks")
def command() -> None:
    """What was asked of agents: what waits, runs and has ended."""


@command.command("list")
@click.option("--status", "statuses", type=click.Choice(STATUSES), multiple=True, help="Only these; may be repeated.")
@click.option("--agent", "agentId", metavar="ID", help="Only of this agent.")
@click.option("--session", "sessionKey", metavar="KEY", help="Only of this session.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="The most to list.")
@click.option("--cursor", metavar="TEXT", help="Go on behind an earlier list.")
@client_options
@json_option
def list_tasks(url: str | None, token: str | None, statuses: tuple[str, ...], *, as_json: bool, **params: Any) -> None:
    """List tasks, the newest first."""
    asked = {name: value for name, value in params.items() if value is not None}
    if statuses:
        asked["status"] = list(statuses)
    with GatewayClient(gateway(url, token), scopes=READ) as client:
        found = client.call("tasks.list", asked)
    if as_json:
        print_json(found)
        return
    now = time.time_ns() // 1_000_000
    rows = [
        (task["id"], task["status"], ago(task.get("createdAt"), now), task.get("sessionKey"), task.get("title"))
        for task in found["tasks"]
    ]
    print_table(("TASK", "STATUS", "ASKED", "SESSION", "WHAT"), rows, empty="There are no such tasks.")
    if found.get("nextCursor"):
        click.echo(f"… --cursor {found['nextCursor']} looks further back")


@command.command("show")
@click.argument("task")
@client_options
@json_option
def show(url: str | None, token: str | None, task: str, *, as_json: bool) -> None:
    """Show one task."""
    with GatewayClient(gateway(url, token), scopes=READ) as client:
        found = client.call("tasks.get", {"taskId": task})
    if as_json:
        print_json(found)
        return
    for name, value in found["task"].items():
        click.echo(f"{name}: {value}")


@command.command("cancel")
@click.argument("task")
@client_options
@json_option
def cancel(url: str | None, token: str | None, task: str, *, as_json: bool) -> None:
    """Cancel a task that waits or runs."""
    with GatewayClient(gateway(url, token), scopes=WRITE) as client:
        done = client.call("tasks.cancel", {"taskId": task})
    if as_json:
        print_json(done)
    elif done["cancelled"]:
        click.echo(f"cancelled {task}")
    else:
        raise click.ClickException(f"{task} was not cancelled: {done.get('reason')}")

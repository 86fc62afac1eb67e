"""``openclaw approvals``: what agents want to run, and deciding about it."""

from __future__ import annotations

import time
from typing import Any

import click

from openclaw.cli.options import client_options, done, gateway, json_option, print_json
from openclaw.cli.rpc import ADMIN, GatewayClient
from openclaw.cli.table import ago, print_table

APPROVALS = ("operator.approvals",)
SHORT = 8


@click.group("approvals")
def command() -> None:
    """Commands that agents want to run and that wait for a decision."""


@command.command("list")
@client_options
@json_option
def list_approvals(url: str | None, token: str | None, *, as_json: bool) -> None:
    """Show what waits."""
    found = _ask(url, token, "exec.approval.list", {})
    if as_json:
        print_json(found)
        return
    now = time.time_ns() // 1_000_000
    rows = [
        (each["id"][:SHORT], each["request"]["agentId"], ago(each["createdAtMs"], now), each["request"]["command"])
        for each in found
    ]
    print_table(("ID", "AGENT", "ASKED", "COMMAND"), rows, empty="Nothing waits for a decision.")


@command.command("show")
@click.argument("approval_id", metavar="ID")
@client_options
@json_option
def show(url: str | None, token: str | None, approval_id: str, *, as_json: bool) -> None:
    """Show one request: what is run, where, and what may be decided."""
    found = _ask(url, token, "exec.approval.get", {"id": approval_id})
    if as_json:
        print_json(found)
        return
    request = found["request"]
    facts = {
        "id": found["id"],
        "command": found["commandText"],
        "folder": request["cwd"],
        "runs in": request["host"],
        "programs": ", ".join(request["resolvedPaths"]) or "not known",
        "variables": ", ".join(request["envKeys"]) or "none",
        "session": request["sessionKey"],
        "state": found["state"],
        "decided by": found["resolvedBy"] or "nobody",
        "may be decided": ", ".join(found["allowedDecisions"]),
    }
    for name, value in facts.items():
        click.echo(f"{name:15} {value}")


@command.command("approve")
@click.argument("approval_id", metavar="ID")
@click.option("--always", is_flag=True, help="Let the agent run these programs from now on without being asked.")
@client_options
@json_option
def approve(url: str | None, token: str | None, approval_id: str, *, always: bool, as_json: bool) -> None:
    """Let the command run; ID may be the beginning of it."""
    _decide(url, token, approval_id, "allow-always" if always else "allow-once", as_json=as_json)


@command.command("deny")
@click.argument("approval_id", metavar="ID")
@client_options
@json_option
def deny(url: str | None, token: str | None, approval_id: str, *, as_json: bool) -> None:
    """Do not let the command run; the agent hears it."""
    _decide(url, token, approval_id, "deny", as_json=as_json)


@command.command("programs")
@client_options
@json_option
def programs(url: str | None, token: str | None, *, as_json: bool) -> None:
    """Show the programs that agents may run without being asked."""
    with GatewayClient(gateway(url, token), scopes=ADMIN) as client:
        found = client.call("exec.approvals.get", {})
    if as_json:
        print_json(found)
        return
    now = time.time_ns() // 1_000_000
    rows = [
        (agent, entry["pattern"], ago(entry["lastUsedAt"], now) if entry.get("lastUsedAt") else "never")
        for agent, section in found["file"].get("agents", {}).items()
        for entry in section["allowlist"]
    ]
    print_table(("AGENT", "PROGRAM", "USED"), rows, empty="Whatever is not known to be harmless is asked about.")


@command.command("forget")
@click.argument("pattern", metavar="PROGRAM")
@click.option("--agent", metavar="ID", help="Only for this agent; default: for all.")
@client_options
@json_option
def forget(url: str | None, token: str | None, pattern: str, agent: str | None, *, as_json: bool) -> None:
    """Ask about PROGRAM again."""
    with GatewayClient(gateway(url, token), scopes=ADMIN) as client:
        found = client.call("exec.approvals.get", {})
        file, gone = found["file"], 0
        for name, section in file.get("agents", {}).items():
            kept = [each for each in section["allowlist"] if each["pattern"] != pattern or agent not in (None, name)]
            gone += len(section["allowlist"]) - len(kept)
            section["allowlist"] = kept
        if not gone:
            raise click.ClickException(f"{pattern} is not allowed; `openclaw approvals programs` shows what is")
        left = client.call("exec.approvals.set", {"file": file, "baseHash": found["hash"]})
    done(left, f"{pattern} is asked about again", as_json=as_json)


def _decide(url: str | None, token: str | None, approval_id: str, decision: str, *, as_json: bool) -> None:
    found = _ask(url, token, "exec.approval.resolve", {"id": approval_id, "decision": decision})
    if as_json:
        print_json(found)
    elif found["applied"]:
        click.echo(f"{found['id'][:SHORT]}: {found['decision']}")
    else:
        raise click.ClickException(
            f"{found['id'][:SHORT]} is {found['state']} already ({found['decision'] or 'nobody decided'})"
        )


def _ask(url: str | None, token: str | None, method: str, params: dict[str, Any]) -> Any:
    with GatewayClient(gateway(url, token), scopes=APPROVALS) as client:
        return client.call(method, params)

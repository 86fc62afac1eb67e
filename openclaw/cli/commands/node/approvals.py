"""``openclaw node allow | forbid | approvals``"""

from __future__ import annotations

import click

from openclaw.cli.options import environment, json_option, print_json
from openclaw.nodes.approvals import EVERYTHING, Approvals


def list_of_programs() -> Approvals:
    """This user's list."""
    return Approvals(environment().home / "node" / "allow.json")


@click.command("allow")
@click.argument("program")
def allow(program: str) -> None:
    """Let agents run PROGRAM here: a name, a path, or a pattern of paths such as '/usr/bin/git*'.

    '*' lets them run everything: they can then do whatever this user can.
    """
    added = list_of_programs().allow(program)
    click.echo(f"agents may run {'everything' if added == EVERYTHING else added} on this machine")


@click.command("forbid")
@click.argument("program")
def forbid(program: str) -> None:
    """Let agents run PROGRAM no more."""
    click.echo(f"{list_of_programs().forbid(program)} is off the list")


@click.command("approvals")
@json_option
def approvals(*, as_json: bool) -> None:
    """Show what agents may run here."""
    found = list_of_programs()
    if as_json:
        print_json({"path": str(found.path), "programs": found.patterns()})
        return
    for pattern in found.patterns():
        click.echo(pattern)
    if not found.patterns():
        click.echo("Nothing: `openclaw node allow PROGRAM` adds to the list.")

"""``openclaw nodes``: the machines that lend their commands to agents."""

from __future__ import annotations

import click

from openclaw.cli.lazy_group import Entry, LazyGroup

_CALLS, _DESK = f"{__name__}.calls", f"{__name__}.desk"

ENTRIES = {
    "approve": Entry(_DESK, "Approve what a node offers anew.", "approve"),
    "describe": Entry(_DESK, "One node and all it offers.", "describe"),
    "invoke": Entry(_CALLS, "Run a command of a node.", "invoke"),
    "list": Entry(_DESK, "The nodes, and which are there.", "list_nodes"),
    "pending": Entry(_DESK, "What waits for approval.", "pending"),
    "reject": Entry(_DESK, "Turn down what a node offers anew.", "reject"),
    "remove": Entry(_DESK, "Forget a node.", "remove"),
    "rename": Entry(_DESK, "Give a node a name of yours.", "rename"),
}


@click.group("nodes", cls=LazyGroup, entries=ENTRIES)
def command() -> None:
    """The machines that lend their commands to agents.

    A NODE is named by its id, the beginning of it, or its name. `openclaw node run` makes a node of a machine.
    """

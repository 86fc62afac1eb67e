"""``openclaw node``: lend this machine to agents."""

from __future__ import annotations

import click

from openclaw.cli.lazy_group import Entry, LazyGroup

_APPROVALS = f"{__name__}.approvals"

ENTRIES = {
    "allow": Entry(_APPROVALS, "Let agents run a program here.", "allow"),
    "approvals": Entry(_APPROVALS, "What agents may run here.", "approvals"),
    "forbid": Entry(_APPROVALS, "Let agents run a program no more.", "forbid"),
    "run": Entry(f"{__name__}.run", "Be a node until told to stop."),
}


@click.group("node", cls=LazyGroup, entries=ENTRIES)
def command() -> None:
    """Lend this machine to agents: programs, folders, its screen.

    It offers what its user allows here; an operator of the gateway pairs it. `openclaw nodes` looks after nodes there.
    """

"""``openclaw gateway``: run one, and ask one how it is."""

from __future__ import annotations

import click

from openclaw.cli.lazy_group import Entry, LazyGroup

_FIGURES, _STATE = f"{__name__}.figures", f"{__name__}.state"

ENTRIES = {
    "call": Entry(f"{__name__}.call", "Call a method of the protocol."),
    "discover": Entry(f"{__name__}.discover", "Find gateways on the local network."),
    "health": Entry("openclaw.cli.commands.health", "Ask whether it is well."),
    "probe": Entry(_STATE, "Try what this client can reach.", "probe"),
    "restart": Entry(f"{__name__}.restart", "Let it drain and start anew."),
    "run": Entry(f"{__name__}.run", "Become a gateway process."),
    "stability": Entry(_FIGURES, "Recent events that tell of trouble.", "stability"),
    "status": Entry(_STATE, "Whether it runs, is ready, and follows its configuration.", "status"),
    "usage-cost": Entry(_FIGURES, "Tokens and cost by day.", "usage_cost"),
}


@click.group("gateway", cls=LazyGroup, entries=ENTRIES)
def command() -> None:
    """Run a gateway, and ask one how it is."""

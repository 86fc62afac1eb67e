"""``openclaw sessions``: listed without a further word."""

from __future__ import annotations

from typing import Any

import click

from openclaw.cli.commands.sessions.listing import list_options, show_list
from openclaw.cli.lazy_group import Entry, LazyGroup

_FILING, _LISTING, _READING = (f"{__name__}.{part}" for part in ("filing", "listing", "reading"))

ENTRIES = {
    "compact": Entry(_FILING, "Have the older part of a session summarized.", "compact"),
    "create": Entry(_FILING, "Make a session, with a first message or without.", "create"),
    "delete": Entry(_FILING, "Delete a session with all that was said in it.", "delete"),
    "edit": Entry(_FILING, "Name, pin or put away a session, or give it a model.", "edit"),
    "list": Entry(_LISTING, "List sessions, most recently active first.", "list_sessions"),
    "search": Entry(_READING, "Find words in what was said.", "search"),
    "show": Entry(_READING, "One session and its last lines.", "show"),
}


@click.group("sessions", cls=LazyGroup, entries=ENTRIES, invoke_without_command=True)
@list_options
@click.pass_context
def command(context: click.Context, /, **wanted: Any) -> None:
    """List sessions, or make, file, search and delete them."""
    if context.invoked_subcommand is None:
        show_list(**wanted)

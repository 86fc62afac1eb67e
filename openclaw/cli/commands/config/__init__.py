"""``openclaw config``: read, check and edit the configuration, with or without a gateway that runs."""

from __future__ import annotations

import click

from openclaw.cli.lazy_group import Entry, LazyGroup

_READING, _WRITING, _VERSIONS = (f"{__name__}.{part}" for part in ("reading", "writing", "versions"))

ENTRIES = {
    "apply": Entry(_WRITING, "Put a whole file into force.", "apply_file"),
    "check": Entry(_READING, "Say whether the configuration can be used.", "check"),
    "diff": Entry(_VERSIONS, "What differs between two versions.", "diff"),
    "edit": Entry(_WRITING, "Edit it in your editor.", "edit"),
    "get": Entry(_READING, "Print it, or one value of it.", "get"),
    "history": Entry(_VERSIONS, "The versions that were in force.", "history"),
    "patch": Entry(_WRITING, "Merge several changes at once.", "patch"),
    "path": Entry(_READING, "Where the file is.", "path"),
    "rollback": Entry(_VERSIONS, "Go back to an earlier version.", "rollback"),
    "schema": Entry(_READING, "The keys there are.", "schema"),
    "set": Entry(_WRITING, "Change one value.", "set_value"),
    "show": Entry(_VERSIONS, "Print an earlier version.", "show"),
    "unset": Entry(_WRITING, "Take one value out.", "unset"),
}


@click.group("config", cls=LazyGroup, entries=ENTRIES)
def command() -> None:
    """Read, check and edit the configuration.

    An edit is checked whole before it is saved. A gateway that runs takes it up at once, and every other process
    within two seconds; without one it is written to the file and, if there is one, to the database.
    """

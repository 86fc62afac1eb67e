"""Commands that act at intake, because they must not wait behind the turn they are about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class IntakeCommand(StrEnum):
    """A whole message that is one of these is a command and no turn."""

    STOP = "/stop"
    NEW = "/new"
    RESET = "/reset"
    COMPACT = "/compact"
    APPROVE = "/approve"


#: What ``commands.list`` and channel menus show.
DESCRIPTIONS: dict[IntakeCommand, str] = {
    IntakeCommand.STOP: "Stop the running turn and clear what is queued",
    IntakeCommand.NEW: "Start a new conversation",
    IntakeCommand.RESET: "Start a new conversation",
    IntakeCommand.APPROVE: "Decide about a command: its id, then allow-once, allow-always or deny",
    IntakeCommand.COMPACT: "Replace the older part of the conversation by a summary; say what it must keep",
}
#: Those that may be followed by words of their own.
WITH_WORDS = frozenset({IntakeCommand.COMPACT, IntakeCommand.APPROVE})


@dataclass(frozen=True, slots=True)
class Command:
    """A command, and what was said behind it."""

    name: IntakeCommand
    words: str = ""


def read_command(text: str) -> Command | None:
    """The command a message consists of, if it is one; ``/stop@botname`` and ``/stop:`` count too."""
    first, _, rest = text.strip().partition(" ")
    first, newline, more = first.partition("\n")
    words = f"{more} {rest}".strip() if newline else rest.strip()
    try:
        name = IntakeCommand(first.lower().partition("@")[0].rstrip(":"))
    except ValueError:
        return None
    return Command(name, words) if not words or name in WITH_WORDS else None

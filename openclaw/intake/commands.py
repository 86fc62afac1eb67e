"""Commands that act at intake, because they must not wait behind the turn they are about."""

from __future__ import annotations

from enum import StrEnum


class IntakeCommand(StrEnum):
    """A whole message that is one of these is a command and no turn."""

    STOP = "/stop"
    NEW = "/new"
    RESET = "/reset"


#: What ``commands.list`` and channel menus show.
DESCRIPTIONS: dict[IntakeCommand, str] = {
    IntakeCommand.STOP: "Stop the running turn and clear what is queued",
    IntakeCommand.NEW: "Start a new conversation",
    IntakeCommand.RESET: "Start a new conversation",
}


def read_command(text: str) -> IntakeCommand | None:
    """The command a message consists of, if it is one; ``/stop@botname`` counts too."""
    words = text.split()
    if len(words) != 1:
        return None
    name = words[0].lower().partition("@")[0].rstrip(":")
    try:
        return IntakeCommand(name)
    except ValueError:
        return None

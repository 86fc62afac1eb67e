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
    STATUS = "/status"
    MODEL = "/model"
    WHOAMI = "/whoami"
    APPROVE = "/approve"
    HELP = "/help"
    COMMANDS = "/commands"


#: What ``commands.list`` and channel menus show.
DESCRIPTIONS: dict[IntakeCommand, str] = {
    IntakeCommand.STOP: "Stop the running turn and clear what is queued",
    IntakeCommand.NEW: "Start a new conversation",
    IntakeCommand.RESET: "Start a new conversation",
    IntakeCommand.COMPACT: "Replace the older part of the conversation by a summary; say what it must keep",
    IntakeCommand.STATUS: "Model, context, usage and queue of this session",
    IntakeCommand.MODEL: "Show or choose the model: list, a name, or default",
    IntakeCommand.WHOAMI: "Who you are here",
    IntakeCommand.APPROVE: "Decide about a command: its id, then allow-once, allow-always or deny",
    IntakeCommand.HELP: "This list",
    IntakeCommand.COMMANDS: "This list",
}
#: Those that may be followed by words of their own.
WITH_WORDS = frozenset({IntakeCommand.COMPACT, IntakeCommand.MODEL, IntakeCommand.APPROVE})
#: Other names of commands.
ALIASES = {"/id": IntakeCommand.WHOAMI, "/models": IntakeCommand.MODEL}
#: A message that is nothing but one of these, in any case, stops the turn.
STOP_WORDS = frozenset({"stop", "esc", "abort", "wait", "exit", "interrupt"})


@dataclass(frozen=True, slots=True)
class Command:
    """A command, and what was said behind it."""

    name: IntakeCommand
    words: str = ""


def read_command(text: str) -> Command | None:
    """The command a message consists of, if it is one; ``/stop@botname`` and ``/stop:`` count too."""
    if text.strip().lower() in STOP_WORDS:
        return Command(IntakeCommand.STOP)
    first, _, rest = text.strip().partition(" ")
    first, newline, more = first.partition("\n")
    words = f"{more} {rest}".strip() if newline else rest.strip()
    called = first.lower().partition("@")[0].rstrip(":")
    try:
        name = ALIASES.get(called) or IntakeCommand(called)
    except ValueError:
        return None
    return Command(name, words) if not words or name in WITH_WORDS else None

"""Commands that are answered at once, by whoever takes the message in: they ask no model and wait behind no turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from openclaw.domain.chat_commands import Command, Who
from openclaw.errors import OpenClawError
from openclaw.intake.command_handlers import HANDLERS
from openclaw.intake.command_parts import Asker, CommandParts


class CommandDesk:
    """Thread-safe."""

    def __init__(self, parts: CommandParts) -> None:
        self._parts = parts

    def answer(self, commands: Sequence[Command], asker: Asker) -> str | None:
        """What to say, a line for each; ``None`` when one of them is carried out elsewhere.

        Raises StoreUnavailable.
        """
        if not commands or any(command.name not in HANDLERS for command in commands):
            return None
        heard = [command for command in commands if may(command, asker)]
        return "\n".join(self._answer(command, asker) for command in heard)

    def keep(self, asker: Asker, settings: Mapping[str, Any]) -> None:
        """Put these among the session's settings."""
        if settings:
            self._parts.keep(asker, dict(settings))

    def _answer(self, command: Command, asker: Asker) -> str:
        try:
            return HANDLERS[command.name](self._parts, asker, command.words)
        except OpenClawError as error:
            if error.retryable:
                raise
            return f"That could not be done: {error}."


def may(command: Command, asker: Asker) -> bool:
    """Whether a command of this person is heard."""
    return asker.rights.owner or command.spec.who is not Who.OWNER

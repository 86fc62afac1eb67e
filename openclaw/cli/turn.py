"""One turn as a client sees it: text that grows, maybe begins anew, and ends in one way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from openclaw.cli.rpc import ADMIN, WRITE, Frame
from openclaw.domain.chat_commands import Who, read_command
from openclaw.domain.scopes import Scope, rule_for

_ENDINGS = frozenset({"final", "aborted", "error"})


@dataclass(slots=True)
class Turn:
    """Follows the ``chat`` events of one run and writes what is new of its answer."""

    run_id: str
    write: Callable[[str], None]
    shown: str = ""
    ending: str | None = None
    error: str = ""

    def take(self, frame: Frame) -> bool:
        """Take in a frame; true once the turn is over."""
        payload = frame.get("payload")
        if frame.get("event") != "chat" or not isinstance(payload, dict):
            return False
        if payload.get("runId") == f"{self.run_id}:shortcut":
            # What stood in the middle of the message is answered before the rest of it.
            self.write(f"{text_of(payload.get('message'))}\n\n")
            return False
        if payload.get("runId") != self.run_id:
            return False
        state = payload.get("state")
        text = text_of(payload.get("message"))
        if state == "delta" or (state in _ENDINGS and text):
            self.show(text)
        if state in _ENDINGS:
            self.ending = state
            self.error = str(payload.get("errorMessage") or payload.get("stopReason") or state)
            return True
        return False

    def show(self, text: str) -> None:
        """Write what ``text``, the whole answer so far, has more than what is shown."""
        if text.startswith(self.shown):
            self.write(text[len(self.shown) :])
        elif not self.shown.startswith(text):
            # The model was asked again: what was shown is void, and a terminal cannot take it back.
            self.write(f"\n{text}")
        else:
            return
        self.shown = text


def text_of(message: Any) -> str:
    """The text of a message in the protocol's form."""
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "".join(str(part.get("text", "")) for part in parts if isinstance(part, dict) and part.get("type") == "text")


def scopes_for(text: str) -> tuple[str, ...]:
    """What a connection must ask for to say this: some commands take more than the right to write."""
    command = read_command(text)
    if command is None:
        return WRITE
    more = command.spec.who is not Who.EVERYONE or rule_for("chat.send", {"message": text}).scope is Scope.ADMIN
    return ADMIN if more else WRITE

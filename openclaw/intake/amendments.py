"""What happens to messages after they were written: edits, deletions, reactions.

An edit or a deletion counts while nobody has read the message; afterwards it comes too late, as among people. A
reaction is a system event that the session's next turn hears of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from openclaw.domain.envelope import InboundEnvelope
from openclaw.domain.system_events import NewSystemEvent
from openclaw.domain.untrusted import one_line
from openclaw.ports.clock import Clock

_EMOJI_CHARS, _NAME_CHARS = 40, 60


class MessageAmender(Protocol):
    """In SQL. Raises StoreUnavailable."""

    def edit_waiting(self, session_key: str, message_id: str, text: str) -> bool:
        """Put another text in place of a message's that no turn has read; whether there is one."""
        ...

    def delete_waiting(self, session_key: str, message_id: str, now_ms: int) -> bool:
        """Let no turn read a message that none has read yet; whether there is one."""
        ...


@dataclass(frozen=True, slots=True)
class Amendments:
    """Thread-safe."""

    messages: MessageAmender
    #: Queues an event for a session's next turn; false when it was there before.
    post: Callable[[NewSystemEvent, int], bool]
    clock: Clock

    def take(self, session_key: str, envelope: InboundEnvelope, source_key: str) -> bool:
        """Act on what is no message; whether it changed anything."""
        if envelope.message_id is None:
            return False
        match envelope.event:
            case "edit":
                return self.messages.edit_waiting(session_key, envelope.message_id, envelope.text)
            case "delete":
                return self.messages.delete_waiting(session_key, envelope.message_id, self.clock())
            case "reaction" | "unreaction":
                return self.post(_reaction(session_key, envelope, source_key), self.clock())
            case "message":
                return False


def _reaction(session_key: str, envelope: InboundEnvelope, source_key: str) -> NewSystemEvent:
    who = one_line(envelope.sender.name or envelope.sender.id, _NAME_CHARS)
    emoji = one_line(envelope.text, _EMOJI_CHARS)
    did = "reacted with" if envelope.event == "reaction" else "took back the reaction"
    return NewSystemEvent(
        session_key=session_key,
        text=f"{who} {did} {emoji} to message {envelope.message_id}",
        source="reaction",
        key=f"reaction:{source_key}",
        untrusted=True,
        wake=False,
    )

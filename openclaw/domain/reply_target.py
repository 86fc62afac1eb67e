"""Which message a reply answers visibly, where platforms quote. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: Whether replies quote what they answer: not by themselves, in their first message, or in all.
ReplyToMode = Literal["off", "first", "all"]
#: What ``[[reply_to_current]]`` asks for: the message that is being answered.
CURRENT = "current"
#: Stands before the id of a message that is answered without being quoted, where a channel must know it all the same.
UNQUOTED = "~"


def is_quoting(reply_to: str | None) -> bool:
    """Whether what leaves by a route with this ``reply_to`` quotes a message."""
    return bool(reply_to) and not str(reply_to).startswith(UNQUOTED)


@dataclass(frozen=True, slots=True)
class ReplyTarget:
    """For one turn. A reply that asks for a message by a tag gets it in every mode."""

    mode: ReplyToMode = "off"
    #: The message that is being answered; empty where it is not known.
    current: str = ""

    def of(self, asked: str, place: int) -> str:
        """The message that the reply's message at ``place`` quotes; empty for none."""
        wanted = self.current if asked == CURRENT else asked
        if not wanted and self.mode != "off":
            wanted = self.current
        return wanted if place == 0 or self.mode == "all" else ""

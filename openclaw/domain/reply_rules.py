"""How an agent's words become messages of a channel. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from openclaw.domain.answered import Answered
from openclaw.domain.reply_blocks import BlockLimits
from openclaw.domain.reply_target import ReplyToMode

#: Whether a text is cut only because of its length, or at every blank line first.
ChunkMode = Literal["length", "newline"]
CHUNK_MODES = get_args(ChunkMode)
#: What is shown of an answer in the making: nothing, its words, its finished parts, or what is being done for it.
PreviewMode = Literal["off", "partial", "block", "progress"]
PREVIEW_MODES = get_args(PreviewMode)
#: When the platform shows that the assistant writes: not at all, from the turn's beginning, once the model is at work,
#: or once it says something.
TypingMode = Literal["never", "instant", "thinking", "message"]
TYPING_MODES = get_args(TypingMode)
#: How long a person takes between two messages. Milliseconds; OpenClaw's.
NATURAL_PAUSE_MS = (800, 2_500)
PAUSES = ("off", "natural")


@dataclass(frozen=True, slots=True)
class ReplyRules:
    """What is configured for one channel."""

    chunk_mode: ChunkMode = "length"
    #: How much of an answer leaves while the rest is written; ``None`` for nothing.
    blocks: BlockLimits | None = None
    #: The shortest and the longest pause before a block, in milliseconds; both 0 for none.
    pause_ms: tuple[int, int] = (0, 0)
    preview: PreviewMode = "partial"
    #: ``None`` for ``instant`` where somebody surely waits for an answer, else ``message``.
    typing: TypingMode | None = None
    #: What stands before a reply: a template of ``reply_prefix``.
    prefix: str = ""
    #: The account's.
    reply_to_mode: ReplyToMode = "off"

    def typing_for(self, answered: Answered) -> TypingMode:
        """When it is shown that this message is being answered."""
        return self.typing or ("instant" if answered.is_addressed else "message")


USUAL_REPLIES = ReplyRules()

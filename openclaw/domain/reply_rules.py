"""How an agent's words become messages of a channel. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from openclaw.domain.reply_blocks import BlockLimits

#: Whether a text is cut only because of its length, or at every blank line first.
ChunkMode = Literal["length", "newline"]
CHUNK_MODES = get_args(ChunkMode)
#: What is shown of an answer in the making: nothing, its words, its finished parts, or what is being done for it.
PreviewMode = Literal["off", "partial", "block", "progress"]
PREVIEW_MODES = get_args(PreviewMode)
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


USUAL_REPLIES = ReplyRules()

"""How an agent's words become messages of a channel. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

#: Whether a text is cut only because of its length, or at every blank line first.
ChunkMode = Literal["length", "newline"]
CHUNK_MODES = get_args(ChunkMode)


@dataclass(frozen=True, slots=True)
class ReplyRules:
    """What is configured for one channel."""

    chunk_mode: ChunkMode = "length"


USUAL_REPLIES = ReplyRules()

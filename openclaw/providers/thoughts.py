"""Thoughts that a model streams, until they are a block of its answer."""

from __future__ import annotations

from openclaw.domain.transcript import Message, ThinkingBlock
from openclaw.ports.provider import ModelEvent, ThinkingDelta, ThinkingDone


class Thoughts:
    """Those of one block. One per call: it is empty again once the block has ended."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def add(self, text: str) -> list[ModelEvent]:
        """Take a piece: what is shown of it, which for an empty one is nothing."""
        if not text:
            return []
        self._pieces.append(text)
        return [ThinkingDelta(text)]

    def end(self, signature: str = "") -> list[ModelEvent]:
        """Its block, where there was a thought or is a ``signature``."""
        text, self._pieces = "".join(self._pieces), []
        return [ThinkingDone(ThinkingBlock(text, signature))] if text or signature else []


def unsigned_thoughts(message: Message) -> str:
    """The thoughts that may go to whoever takes them as plain text: a signed block is another vendor's."""
    return "".join(b.text for b in message.blocks if isinstance(b, ThinkingBlock) and not b.signature)

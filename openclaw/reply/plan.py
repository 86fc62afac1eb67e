"""From the text of a finished turn to the rows of the outbox."""

from __future__ import annotations

from openclaw.domain.silence import is_silent
from openclaw.ports.channel import ChannelCapabilities
from openclaw.ports.store import ReplyChunk
from openclaw.reply.chunking import chunk_markdown
from openclaw.reply.text_measure import MEASURES


def plan_replies(text: str, capabilities: ChannelCapabilities) -> tuple[ReplyChunk, ...]:
    """Cut a reply into the chunks the channel can take; nothing for an empty or a silent one."""
    if is_silent(text):
        return ()
    chunks = chunk_markdown(
        text,
        capabilities.max_text_chars,
        max_lines=capabilities.max_text_lines,
        measure=MEASURES[capabilities.text_unit],
    )
    return tuple(ReplyChunk(text=chunk, chunk_index=index) for index, chunk in enumerate(chunks))

"""From the text of a finished turn to the rows of the outbox."""

from __future__ import annotations

from openclaw.domain.reply_rules import USUAL_REPLIES, ReplyRules
from openclaw.domain.silence import is_silent
from openclaw.ports.channel import ChannelCapabilities
from openclaw.ports.store import ReplyChunk
from openclaw.reply.chunking import chunk_markdown
from openclaw.reply.text_measure import MEASURES


def plan_replies(
    text: str, capabilities: ChannelCapabilities, rules: ReplyRules = USUAL_REPLIES
) -> tuple[ReplyChunk, ...]:
    """Cut a reply into the chunks the channel can take; nothing for an empty or a silent one."""
    if is_silent(text):
        return ()
    chunks = chunks_for(text, capabilities, rules)
    return tuple(ReplyChunk(text=chunk, chunk_index=index) for index, chunk in enumerate(chunks))


def chunks_for(text: str, capabilities: ChannelCapabilities, rules: ReplyRules = USUAL_REPLIES) -> tuple[str, ...]:
    """Cut any text into the chunks the channel can take."""
    return chunk_markdown(
        text,
        capabilities.max_text_chars,
        max_lines=capabilities.max_text_lines,
        measure=MEASURES[capabilities.text_unit],
        mode=rules.chunk_mode,
    )

"""Markdown as plain text: Messages shows no markup that comes from outside."""

from __future__ import annotations

from openclaw.channel_kit.markup.parse import parse_markdown
from openclaw.channel_kit.markup.render import PLAIN, render
from openclaw.channels.imessage.limits import MAX_TEXT_CHARS


def plain_text(markdown: str) -> str:
    """Render a chunk; as it is where that would be empty or too long. A table's rows are bullets."""
    text = render(parse_markdown(markdown, "bullets"), PLAIN)
    return text if text.strip() and len(text) <= MAX_TEXT_CHARS else markdown

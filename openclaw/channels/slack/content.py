"""What a message holds: mrkdwn as its text, or the markdown itself in a block where that text would be too long.

Slack tears a longer text apart into several messages, through code blocks too, and of a longer text that replaces
another it loses the end; a block holds more, and its message's text is only what notifications show.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openclaw.channels.slack.limits import (
    MAX_BUTTONS,
    MAX_EDIT_BYTES,
    MAX_LABEL_CHARS,
    MAX_MARKDOWN_CHARS,
    MAX_SAYS_CHARS,
    MAX_SECTION_CHARS,
    MAX_TEXT_CHARS,
    NOTIFICATION_CHARS,
)
from openclaw.channels.slack.render import escape, render_mrkdwn, without_calls_to_everybody
from openclaw.errors import ChannelRejected

#: What the buttons' own names begin with; the rest is their place.
ACTION = "openclaw:"


def posted(markdown: str, buttons: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    """The content of a new message. Raises ChannelRejected for a text that no message holds."""
    text = render_mrkdwn(markdown)
    row = [_button(place, *each) for place, each in enumerate(buttons) if len(each[1]) <= MAX_SAYS_CHARS]
    if not row:
        return {"text": text} if len(text) <= MAX_TEXT_CHARS else _in_block(markdown)
    content = {"text": text, "blocks": [_section(text)]} if len(text) <= MAX_SECTION_CHARS else _in_block(markdown)
    return content | {"blocks": [*content["blocks"], {"type": "actions", "elements": row[:MAX_BUTTONS]}]}


def edited(markdown: str) -> dict[str, Any]:
    """The content that replaces another; blocks that are not here go. Raises ChannelRejected as ``posted`` does."""
    text = render_mrkdwn(markdown)
    return {"text": text} if len(text.encode()) <= MAX_EDIT_BYTES else _in_block(markdown)


def comment(markdown: str) -> str | None:
    """The text beside a file; ``None`` when it must be a message of its own."""
    text = render_mrkdwn(markdown)
    return text if len(text) <= MAX_TEXT_CHARS else None


def _in_block(markdown: str) -> dict[str, Any]:
    if len(markdown) > MAX_MARKDOWN_CHARS:
        raise ChannelRejected(f"slack: the text has {len(markdown)} characters; a message holds {MAX_MARKDOWN_CHARS}")
    block = {"type": "markdown", "text": without_calls_to_everybody(markdown)[:MAX_MARKDOWN_CHARS]}
    return {"text": escape(markdown[:NOTIFICATION_CHARS]), "blocks": [block]}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _button(place: int, label: str, says: str) -> dict[str, Any]:
    text = {"type": "plain_text", "text": label[:MAX_LABEL_CHARS]}
    return {"type": "button", "action_id": f"{ACTION}{place}", "text": text, "value": says}

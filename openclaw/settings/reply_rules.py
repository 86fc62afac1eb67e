"""From ``[messages.replies]`` and ``[messages.streaming]`` to the rules of each channel."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

from openclaw.domain.reply_blocks import BlockLimits
from openclaw.domain.reply_rules import NATURAL_PAUSE_MS, PreviewMode, ReplyRules
from openclaw.settings.sections.messages import MessagesSection, RepliesSection, StreamingSection


def read_reply_rules(messages: MessagesSection) -> ReplyRules:
    """The rules of channels that have none of their own."""
    return _rules(messages.replies, messages.streaming)


def reply_rules_by_channel(messages: MessagesSection) -> dict[str, ReplyRules]:
    """The rules of the others; what they leave out is the general."""
    replies, streaming = messages.replies, messages.streaming
    return {
        channel: _rules(
            dataclasses.replace(replies, **said(replies.by_channel.get(channel))),
            dataclasses.replace(streaming, **said(streaming.by_channel.get(channel))),
        )
        for channel in {*replies.by_channel, *streaming.by_channel}
    }


def said(section: Any) -> dict[str, Any]:
    """What a section says of its own subject; nothing for ``None``."""
    if section is None:
        return {}
    names = [f.name for f in dataclasses.fields(section) if f.name != "by_channel"]
    return {name: value for name in names if (value := getattr(section, name)) is not None}


def _rules(replies: RepliesSection, streaming: StreamingSection) -> ReplyRules:
    limits = BlockLimits(streaming.min_chars, max(streaming.min_chars, streaming.max_chars), streaming.idle_ms)
    return ReplyRules(
        **said(replies),
        blocks=limits if streaming.block else None,
        preview=cast("PreviewMode", streaming.preview),
        pause_ms=NATURAL_PAUSE_MS if streaming.pause == "natural" else (0, 0),
    )

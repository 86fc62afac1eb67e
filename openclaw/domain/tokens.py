"""How many tokens a conversation takes, reckoned without the vendor's vocabulary.

Vendors say what a call used; between two calls, and before the first, this estimate stands in. It is meant to be a
little too high: what is cut too early is summarized, what is cut too late is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from math import ceil
from typing import Any

from openclaw.domain.transcript import (
    Block,
    ImageBlock,
    MediaBlock,
    Message,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    ToolResultBlock,
)

#: Bytes of UTF-8 per token. English prose has about 4.2 with the vocabularies of today, code about 3.2.
BYTES_PER_TOKEN = 3.5
#: What a message costs beside its text: role, separators, ids.
MESSAGE_TOKENS = 4
CALL_TOKENS = 12
#: A picture of the size that vendors scale theirs to, or a page of text.
MEDIA_TOKENS = 1_600


def text_tokens(text: str) -> int:
    """Estimate a text. Tokens."""
    size = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
    return ceil(size / BYTES_PER_TOKEN)


def message_tokens(message: Message) -> int:
    """Estimate one message. Tokens."""
    return MESSAGE_TOKENS + sum(_block_tokens(block) for block in message.blocks)


def conversation_tokens(messages: Iterable[Message]) -> int:
    """Estimate a conversation. Tokens."""
    return sum(map(message_tokens, messages))


def schema_tokens(name: str, description: str, parameters: dict[str, Any]) -> int:
    """Estimate what a tool's description costs in each call. Tokens."""
    return CALL_TOKENS + text_tokens(name) + text_tokens(description) + text_tokens(json.dumps(parameters))


def _block_tokens(block: Block) -> int:
    match block:
        case TextBlock(text):
            return text_tokens(text)
        case ThinkingBlock(text, signature):
            return text_tokens(text) + text_tokens(signature)
        case ToolCallBlock(_, name, arguments, raw):
            said = raw if arguments is None else json.dumps(arguments, ensure_ascii=False)
            return CALL_TOKENS + text_tokens(name) + text_tokens(said)
        case ToolResultBlock(_, _, text):
            return CALL_TOKENS + text_tokens(text)
        case MediaBlock() | ImageBlock():
            return MEDIA_TOKENS

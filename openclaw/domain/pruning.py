"""Shortening old tool results for one request. What is stored stays whole.

Only results of tools: never what people or the assistant said, nothing before the first user message, nothing beside
the newest three answers. Sizes in characters; a token is taken for four of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from openclaw.domain.transcript import Block, Message, ToolResultBlock

#: Shares of the window from which results are trimmed, and from which they are left out.
SOFT_RATIO, HARD_RATIO = 0.3, 0.5
#: A result up to this long is left alone by the first step.
SOFT_CHARS = 4_000
#: What is kept of a longer one at either end.
KEPT_CHARS = 1_500
#: Results are left out only when that many characters can be won.
HARD_MIN_CHARS = 50_000
PROTECTED_ANSWERS = 3
CHARS_PER_TOKEN = 4

PLACEHOLDER = "[This old tool result was left out to save space.]"


def prune(messages: Sequence[Message], window_tokens: int, until: int) -> tuple[Message, ...]:
    """Trim tool results before index ``until`` when the conversation fills a good part of the window."""
    whole = window_tokens * CHARS_PER_TOKEN
    if sum(map(_chars, messages)) <= whole * SOFT_RATIO:
        return tuple(messages)
    begin = next((i for i, message in enumerate(messages) if message.role == "user"), len(messages))
    end = max(begin, until)
    trimmed = _change(messages, begin, end, _trim)
    prunable = sum(_result_chars(message) for message in trimmed[begin:end])
    if sum(map(_chars, trimmed)) <= whole * HARD_RATIO or prunable < HARD_MIN_CHARS:
        return trimmed
    return _change(trimmed, begin, end, lambda text: PLACEHOLDER if len(text) > len(PLACEHOLDER) else text)


def prunable_until(messages: Sequence[Message]) -> int:
    """The index of the oldest of the newest three answers: what comes before it may be trimmed."""
    answers = [index for index, message in enumerate(messages) if message.role == "assistant"]
    return answers[-PROTECTED_ANSWERS] if len(answers) >= PROTECTED_ANSWERS else 0


def squeeze(messages: Sequence[Message], most_chars: int) -> tuple[Message, ...]:
    """Cut every tool result to ``most_chars``, also the newest: the last resort when a request was refused."""
    return _change(messages, 0, len(messages), lambda text: shorten(text, most_chars))


def shorten(text: str, most_chars: int) -> str:
    """The beginning and the end of a text that is longer than that."""
    if len(text) <= most_chars:
        return text
    half = most_chars // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half} characters left out …]\n{text[len(text) - half :]}"


def _change(messages: Sequence[Message], begin: int, end: int, change: Callable[[str], str]) -> tuple[Message, ...]:
    def changed(block: Block) -> Block:
        return replace(block, text=change(block.text)) if isinstance(block, ToolResultBlock) else block

    return tuple(
        replace(message, blocks=tuple(map(changed, message.blocks)))
        if begin <= index < end and message.role == "tool"
        else message
        for index, message in enumerate(messages)
    )


def _trim(text: str) -> str:
    return shorten(text, 2 * KEPT_CHARS) if len(text) > SOFT_CHARS else text


def _chars(message: Message) -> int:
    return sum(len(getattr(block, "text", "")) for block in message.blocks)


def _result_chars(message: Message) -> int:
    return sum(len(block.text) for block in message.blocks if isinstance(block, ToolResultBlock))

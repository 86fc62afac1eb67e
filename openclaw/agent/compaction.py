"""Replacing the older part of a conversation by a summary.

The summary is strictly smaller than what it stands for. If no model makes one in time, or makes one that is too long,
the part is shortened by rule instead: a turn never fails because its memory could not be tidied.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from openclaw.agent.quiet import TooSlow
from openclaw.domain import compaction
from openclaw.domain.context_guard import Window, first_kept
from openclaw.domain.run import Usage
from openclaw.domain.tokens import conversation_tokens, message_tokens
from openclaw.domain.transcript import Message, user_text
from openclaw.errors import ContextOverflow, ProviderError
from openclaw.ports.store import Compaction

log = logging.getLogger(__name__)

#: Tokens of a summary, and what its model is told in words.
SUMMARY_TOKENS, SUMMARY_WORDS = 4_000, 1_500
#: How often the material is halved when even that does not fit.
SHRINKS = 3


@dataclass(frozen=True, slots=True)
class Summary:
    """What a model made of the older part, and what that cost."""

    text: str
    usage: Usage


#: Asks a model: instructions, material, most tokens. Raises ProviderError or TooSlow.
Summarize = Callable[[str, str, int], Summary]


@dataclass(frozen=True, slots=True)
class Compacted:
    """The conversation afterwards, and what has to be stored for it."""

    history: tuple[Message, ...]
    record: Compaction
    usage: Usage
    #: Whether a model wrote the summary.
    by_model: bool


def compact(history: Sequence[Message], window: Window, summarize: Summarize, hint: str = "") -> Compacted | None:
    """Compact a conversation; ``None`` when there is nothing that could go, or nothing would be won."""
    at = first_kept(history, window.keep_recent)
    cut, kept = history[:at], history[at:]
    if not cut:
        return None
    before = conversation_tokens(cut)
    request = compaction.open_request(cut, kept)
    summary = _by_model(cut, window, summarize, hint)
    message = user_text(compaction.composed(summary.text, request))
    by_model = bool(summary.text) and message_tokens(message) < before
    if not by_model:
        # Half of what it was, and never more than a summary may be.
        by_rule = compaction.digest(cut, min(before // 2, SUMMARY_TOKENS))
        message = user_text(compaction.composed(by_rule, request))
        if message_tokens(message) >= before:
            return None
    rest = conversation_tokens(kept)
    record = Compaction(
        summary=message.text,
        first_kept_seq=kept[0].seq,
        tokens_before=before + rest,
        tokens_after=message_tokens(message) + rest,
    )
    return Compacted((message, *kept), record, summary.usage, by_model)


def _by_model(cut: Sequence[Message], window: Window, summarize: Summarize, hint: str) -> Summary:
    """The model's summary, empty when it cannot make one. The material shrinks until it fits."""
    tokens = max(window.room - SUMMARY_TOKENS, window.size // 4)
    told = compaction.instructions(SUMMARY_WORDS, hint)
    for _ in range(SHRINKS):
        try:
            return summarize(told, compaction.as_text(cut, tokens), SUMMARY_TOKENS)
        except ContextOverflow:
            tokens //= 2
        except (ProviderError, TooSlow) as error:
            log.warning("no model summarized the conversation (%s); it is shortened by rule", error)
            break
    return Summary("", Usage())

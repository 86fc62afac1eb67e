"""When a conversation is too large for its model's window, and where it may be cut. Pure.

Sizes are tokens. The numbers are OpenClaw's; where a window is too small for them, they shrink with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from openclaw.domain.tokens import message_tokens
from openclaw.domain.transcript import Message

#: A model with a smaller window is refused.
MIN_WINDOW = 16_000
#: Below this an operator is warned.
SMALL_WINDOW = 32_000
#: Entries of a conversation past which it is compacted whatever they weigh.
MAX_ENTRIES = 1500


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """``[agents.<id>.context]``: what is kept free and what is kept back."""

    #: A cap on every model's window, 0 for none.
    max_tokens: int = 0
    #: Kept free for the answer and for what a turn adds before the next look.
    reserve_tokens: int = 20_000
    #: The newest messages that a compaction leaves as they are.
    keep_recent_tokens: int = 20_000
    #: How long a summary may take.
    compaction_seconds: float = 120.0


USUAL_LIMITS = GuardLimits()


@dataclass(frozen=True, slots=True)
class Window:
    """A model's window as a turn may use it."""

    size: int
    reserve: int
    keep_recent: int

    @property
    def room(self) -> int:
        """What a request may weigh."""
        return self.size - self.reserve

    @property
    def refused(self) -> bool:
        return self.size < MIN_WINDOW

    @property
    def small(self) -> bool:
        return self.size < SMALL_WINDOW


def window_of(model_window: int, limits: GuardLimits) -> Window:
    """The window a turn may use: the model's, or the operator's cap if that is less."""
    size = min(model_window, limits.max_tokens) if limits.max_tokens else model_window
    return Window(size, min(limits.reserve_tokens, size // 4), min(limits.keep_recent_tokens, size // 3))


def first_kept(messages: Sequence[Message], keep_tokens: int) -> int:
    """Where a compaction cuts: the index of the first message that stays; 0 when there is nothing to cut.

    Never between a tool call and its result. The newest exchange stays even if it is larger than ``keep_tokens``.
    """
    weight, cut = 0, 0
    for index in range(len(messages) - 1, 0, -1):
        weight += message_tokens(messages[index])
        if messages[index].role == "tool":
            continue
        if cut and weight > keep_tokens:
            break
        cut = index
        if weight > keep_tokens:
            break
    return cut

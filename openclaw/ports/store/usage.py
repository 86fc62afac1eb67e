"""What runs have used: tokens and money, over time and by session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class UsageSums:
    """Sums over runs that have ended. Cost in millionths of a US dollar."""

    runs: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cost_microusd: int = 0
    #: Runs that used tokens of a model whose price is not known.
    unpriced: int = 0

    def __add__(self, other: UsageSums) -> UsageSums:
        return UsageSums(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class SessionUsage:
    """What one session used of one model."""

    session_id: int
    provider: str
    model: str
    sums: UsageSums


class UsageQueries(Protocol):
    def between(self, from_ms: int, to_ms: int) -> UsageSums:
        """Sums over the runs that ended in a time; milliseconds since the epoch, the end not included."""
        ...

    def by_session(self, from_ms: int, to_ms: int, session_id: int | None = None) -> list[SessionUsage]:
        """The same by session and model."""
        ...

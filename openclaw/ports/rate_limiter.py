"""Counting messages before they queue, over all processes of a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from openclaw.domain.rate_limit import Allowance


class Take(Enum):
    """What came of taking one."""

    TAKEN = "taken"
    REFUSED = "refused"
    #: The first refusal of its window: who is refused may be told.
    REFUSED_FIRST = "refused-first"

    @property
    def is_taken(self) -> bool:
        return self is Take.TAKEN


@dataclass(frozen=True, slots=True)
class Counter:
    """One of an account's counters, by a name that is its own there."""

    name: str
    allowance: Allowance


class RateLimiter(Protocol):
    """Never raises: while Redis is away each process counts by itself."""

    def take(self, account: str, counters: Sequence[Counter], event: str = "") -> Take:
        """Take one from every counter, or from none. All have the same window; the first one's refusals are told.

        An event that was taken is taken once more for nothing within the window: it was delivered again.
        """
        ...

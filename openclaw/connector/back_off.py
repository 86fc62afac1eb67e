"""How long an account that failed waits before it tries again. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BackOff:
    """Doubles from the first delay to the last. Seconds."""

    first_seconds: float = 5.0
    last_seconds: float = 300.0
    #: Delays vary by this share, so that accounts stopped by one outage do not come back as one.
    jitter: float = 0.1

    def delay_seconds(self, failures: int, chance: random.Random) -> float:
        """After this many failures in a row, counted from 1."""
        base: float = min(self.first_seconds * 2.0 ** min(failures - 1, 30), self.last_seconds)
        return base * chance.uniform(1 - self.jitter, 1 + self.jitter)

"""When a chunk that could not be sent is tried again."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Back-off of the outbox. Delays in seconds; the last one repeats if there are more attempts than delays."""

    delays_seconds: tuple[float, ...] = (5.0, 25.0, 120.0, 600.0)
    #: Sends that failed before the request left, the first one counted, until the chunk is given up.
    max_attempts: int = 5
    #: Waits the platform asked for are no failures; past this many attempts something is wrong for good.
    max_rate_limited_attempts: int = 50
    #: A platform's wish to wait is never believed beyond this.
    max_wait_seconds: float = 3600.0
    #: Delays vary by this share, so that conversations stopped by one outage do not come back as one.
    jitter: float = 0.1

    def delay_ms(self, attempt: int, chance: random.Random) -> int | None:
        """How long to wait after the attempt (from 1) failed; ``None`` when it was the last one."""
        if attempt >= self.max_attempts:
            return None
        base = self.delays_seconds[min(max(attempt, 1), len(self.delays_seconds)) - 1]
        return round(base * 1000 * chance.uniform(1 - self.jitter, 1 + self.jitter))

    def rate_limit_delay_ms(self, attempt: int, asked_seconds: float | None) -> int | None:
        """How long to wait when the platform asked to; never less than it asked, ``None`` to give up."""
        if attempt >= self.max_rate_limited_attempts:
            return None
        wanted = self.delays_seconds[0] if asked_seconds is None else asked_seconds
        return round(min(wanted, self.max_wait_seconds) * 1000) + 1

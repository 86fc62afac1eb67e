"""How long a model, or a vendor's account, rests after it failed. Pure.

A rest belongs to one account of a vendor and, for what other models of it would not meet, to one model. Whoever fails
while it rests changes nothing: the step is one per rest, however many workers run into it. When it is over, one of
them tries; the others wait for how that ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

_MINUTE, _HOUR = 60_000, 3_600_000
#: By the number of failures that follow each other, in milliseconds. OpenClaw's: 1, 5, 25 and 60 minutes.
STEPS_MS = (_MINUTE, 5 * _MINUTE, 25 * _MINUTE, _HOUR)
#: The same for an account without credit: doubled from 5 hours up to a day.
BILLING_STEPS_MS = (5 * _HOUR, 10 * _HOUR, 20 * _HOUR, 24 * _HOUR)
#: A failure counts no more after this, in milliseconds.
FORGET_MS = 24 * _HOUR
#: How long whoever tries may take before somebody else does, in milliseconds.
PROBE_MS = 2 * _MINUTE
#: What a vendor asks for is believed up to this, in milliseconds.
LONGEST_MS = 24 * _HOUR

#: Reasons of ``ProviderError`` that make an account rest, and those that make one model of it rest.
OF_ACCOUNT = frozenset({"auth", "billing"})
OF_MODEL = frozenset({"rate_limit", "overloaded"})
_LADDERS: Mapping[str, tuple[int, ...]] = MappingProxyType({"billing": BILLING_STEPS_MS})


@dataclass(frozen=True, slots=True)
class Rest:
    """Why and until when something is left alone. Times in milliseconds since the epoch."""

    reason: str
    failures: int = 0
    until_ms: int = 0
    #: Until then somebody is trying.
    probe_until_ms: int = 0
    last_failure_ms: int = 0
    #: What the vendor said, without credentials.
    error: str = ""

    def holds(self, now_ms: int) -> bool:
        """Whether it is to be left alone, by whoever is not the one that tries."""
        return now_ms < self.until_ms or now_ms < self.probe_until_ms

    def is_old(self, now_ms: int) -> bool:
        """Whether it can be forgotten."""
        return now_ms - max(self.last_failure_ms, self.until_ms) > FORGET_MS


def after_failure(rest: Rest | None, reason: str, now_ms: int, retry_after_ms: int = 0, error: str = "") -> Rest:
    """The rest after one more failure; ``retry_after_ms`` is what the vendor asks for."""
    asked = now_ms + min(retry_after_ms, LONGEST_MS)
    if rest is not None and now_ms < rest.until_ms:
        # Of calls that were on their way when it began. A vendor that asks for longer has it.
        return replace(rest, until_ms=max(rest.until_ms, asked), last_failure_ms=now_ms)
    fresh = rest is None or now_ms - rest.last_failure_ms > FORGET_MS
    failures = 1 if fresh or rest is None else rest.failures + 1
    ladder = _LADDERS.get(reason, STEPS_MS)
    until = max(now_ms + ladder[min(failures, len(ladder)) - 1], asked)
    return Rest(reason, failures, until, 0, now_ms, error)

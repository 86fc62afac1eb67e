"""Noticing that an agent goes in circles: the same calls with the same results, or two of them in turn. Pure.

A call that is repeated while its results change makes progress: polling is no loop. The numbers are OpenClaw's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

#: Fewer calls are no circle of two.
_FEWEST_IN_TURN = 3
#: What stands for the result of a call that was not made because it went in circles.
BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class LoopLimits:
    """``[runs.loop_guard]``: how many calls without progress lead to what."""

    enabled: bool = True
    #: How many of the newest calls are looked at.
    history: int = 30
    #: The model is told.
    warn: int = 10
    #: The call is not made.
    block: int = 20
    #: The run ends.
    end: int = 30


USUAL_LOOP_LIMITS = LoopLimits()


class Verdict(StrEnum):
    GO = "go"
    WARN = "warn"
    BLOCK = "block"
    END = "end"


@dataclass(frozen=True, slots=True)
class MadeCall:
    """A call that was made, and what came of it, as digests."""

    call: str
    result: str

    def to_json(self) -> dict[str, str]:
        return {"call": self.call, "result": self.result}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> MadeCall:
        return cls(str(data.get("call", "")), str(data.get("result", "")))


def call_digest(name: str, arguments: Mapping[str, Any] | None) -> str:
    """The same for calls that ask for the same."""
    return _digest(f"{name} {json.dumps(arguments, sort_keys=True)}")


def result_digest(text: str) -> str:
    """The same for results that say the same."""
    return _digest(text)


def judge(made: Sequence[MadeCall], following: str, limits: LoopLimits) -> tuple[Verdict, int]:
    """What to do with the next call, and how many calls in a circle it would make."""
    if not limits.enabled:
        return Verdict.GO, 0
    window = made[-limits.history :]
    count = max(_repeats(window, following), _alternations(window, following)) + 1
    for least, verdict in ((limits.end, Verdict.END), (limits.block, Verdict.BLOCK), (limits.warn, Verdict.WARN)):
        if count > least:
            return verdict, count
    return Verdict.GO, count


def _repeats(window: Sequence[MadeCall], following: str) -> int:
    """How often the call was made with the result that it had last."""
    same = [each for each in window if each.call == following]
    results = [each.result for each in same if each.result != BLOCKED]
    if not same:
        return 0
    last = results[-1] if results else BLOCKED
    return sum(each.result in (last, BLOCKED) for each in same)


def _alternations(window: Sequence[MadeCall], following: str) -> int:
    """How many of the newest calls were two in turn, each with the same result, which ``following`` goes on with."""
    if len(window) < _FEWEST_IN_TURN or window[-1].call == following or window[-2].call != following:
        return 0
    pair = (window[-1], window[-2])
    count = 0
    for index, each in enumerate(reversed(window)):
        expected = pair[index % 2]
        if each.call != expected.call or each.result not in (expected.result, BLOCKED):
            break
        count += 1
    return count


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()

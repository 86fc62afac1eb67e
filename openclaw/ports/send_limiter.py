"""How fast accounts may send: one count for all workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many sends within a time, whoever of the cluster makes them."""

    #: Whose sends are counted: empty for all of the account, else one conversation's target.
    whose: str
    sends: int
    window_ms: int


@dataclass(frozen=True, slots=True)
class SendSlot:
    """When a send may leave, in milliseconds from now. One that is not ``granted`` has to ask again then."""

    granted: bool
    wait_ms: int


class SendLimiter(Protocol):
    """Thread-safe. ``account`` is ``channel:account``."""

    def reserve(self, account: str, allowances: Sequence[Allowance], longest_wait_ms: int) -> SendSlot:
        """Take the next free moment if it comes within ``longest_wait_ms``; else take nothing and say when to ask."""
        ...

    def hold_back(self, account: str, wait_ms: int) -> None:
        """Let nothing of the account leave for so long: its platform asked for it."""
        ...


class NoLimits:
    """Lets everything leave at once."""

    def reserve(self, account: str, allowances: Sequence[Allowance], longest_wait_ms: int) -> SendSlot:  # noqa: ARG002
        return SendSlot(True, 0)

    def hold_back(self, account: str, wait_ms: int) -> None: ...

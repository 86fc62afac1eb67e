"""The limiter of one process: the twin of the shared one, and its stand-in while Redis is away."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from openclaw.ports.send_limiter import Allowance, SendSlot

#: Accounts, and conversations of each, that are remembered; beyond it those that sent least lately go.
MAX_ENTRIES = 10_000


def apart_ms(allowances: Sequence[Allowance]) -> int:
    """How far apart those shall come back who were sent away: as fast as the account as a whole may send."""
    return max((-(-each.window_ms // each.sends) for each in allowances if not each.whose), default=0)


@dataclass(slots=True)
class _Account:
    held_until: int = 0
    queued_until: int = 0
    moments: OrderedDict[Allowance, deque[int]] = field(default_factory=OrderedDict)


def _monotonic_ms() -> int:
    return int(time.monotonic() * 1000)


class MemorySendLimiter:
    """Implements ``SendLimiter``. Thread-safe."""

    def __init__(self, clock: Callable[[], int] = _monotonic_ms) -> None:
        self._clock = clock
        self._accounts: OrderedDict[str, _Account] = OrderedDict()
        self._lock = threading.Lock()

    def reserve(self, account: str, allowances: Sequence[Allowance], longest_wait_ms: int) -> SendSlot:
        with self._lock:
            now, entry = self._clock(), self._entry(account)
            sent = [self._moments(entry, allowance) for allowance in allowances]
            free = [
                moments[0] + each.window_ms
                for each, moments in zip(allowances, sent, strict=True)
                if len(moments) >= each.sends
            ]
            at = max(now, entry.held_until, *free)
            if at - now > longest_wait_ms:
                entry.queued_until = max(at, entry.queued_until + apart_ms(allowances))
                return SendSlot(False, entry.queued_until - now)
            for moments in sent:
                moments.append(at)
            return SendSlot(True, at - now)

    def hold_back(self, account: str, wait_ms: int) -> None:
        with self._lock:
            entry = self._entry(account)
            entry.held_until = max(entry.held_until, self._clock() + wait_ms)

    def _entry(self, account: str) -> _Account:
        entry = self._accounts.setdefault(account, _Account())
        self._accounts.move_to_end(account)
        if len(self._accounts) > MAX_ENTRIES:
            self._accounts.popitem(last=False)
        return entry

    @staticmethod
    def _moments(entry: _Account, allowance: Allowance) -> deque[int]:
        moments = entry.moments.setdefault(allowance, deque(maxlen=allowance.sends))
        entry.moments.move_to_end(allowance)
        if len(entry.moments) > MAX_ENTRIES:
            entry.moments.popitem(last=False)
        return moments

"""Counting failed proofs of identity, over all gateways of a cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class LimiterRule:
    """When an address is locked out (OpenClaw's defaults)."""

    max_failures: int = 10
    window_seconds: float = 60.0
    lock_seconds: float = 300.0


class AuthLimiter(Protocol):
    """Keeps count per scope (what was to be proved) and address. Never raises: Redis away counts per process."""

    def locked_seconds(self, scope: str, address: str) -> float:
        """How long the address is locked out yet; 0 when it is not."""
        ...

    def failed(self, scope: str, address: str, rule: LimiterRule) -> float:
        """Count a failure; how long the address is locked out now."""
        ...

    def succeeded(self, scope: str, address: str) -> None:
        """Forget the failures."""
        ...

"""Requests for approval in SQL, and the programs that need none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from openclaw.domain.approvals import Approval, ExecPattern
from openclaw.domain.exec_policy import Decision


class ApprovalStore(Protocol):
    """Every method raises StoreUnavailable when the database is away."""

    def request(self, approval: Approval) -> Approval:
        """Store a request, once per id: the one that is there is returned."""
        ...

    def approval(self, approval_id: str) -> Approval | None: ...

    def approvals(self, limit: int, *, pending_only: bool) -> list[Approval]:
        """The newest requests, the newest first."""
        ...

    def decide(self, approval_id: str, decision: Decision, by: str, now_ms: int) -> Approval | None:
        """Decide a pending request; ``None`` when somebody has, or its time is over. The first decision counts."""
        ...

    def expire(self, now_ms: int, limit: int) -> list[Approval]:
        """End requests whose time is over."""
        ...

    def withdraw(self, now_ms: int, limit: int) -> list[Approval]:
        """End requests whose turns have gone on without them."""
        ...

    def unanswered(self, limit: int) -> list[Approval]:
        """Requests that have ended while their waits have not: whoever decided died in between."""
        ...

    def forget(self, before_ms: int, limit: int) -> int: ...

    def patterns(self, agent_id: str | None = None) -> list[ExecPattern]: ...

    def add_patterns(self, agent_id: str, patterns: Sequence[str], now_ms: int) -> None: ...

    def replace_patterns(self, wanted: Sequence[ExecPattern], now_ms: int) -> None:
        """Let exactly these patterns hold."""
        ...

    def remove_pattern(self, pattern_id: str) -> bool: ...

    def used(self, agent_id: str, patterns: Sequence[str], command: str, now_ms: int) -> None:
        """Note that patterns let a command pass."""
        ...

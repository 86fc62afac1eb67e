"""Unknown senders: how one is told apart from the others that wait for a decision. Pure (OpenClaw's constants)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from openclaw.domain.access import Standing
from openclaw.domain.envelope import ReplyRoute

#: Without characters that are mistaken for each other: no I, O, 0 and 1.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_CHARS = 8
#: A request that nobody decides over is forgotten.
TTL_MS = 3_600_000
#: Requests that may wait at one account; who comes later is not heard.
MAX_PENDING = 3


@dataclass(frozen=True, slots=True)
class SenderRequest:
    """A sender who waits for a decision. Times in milliseconds since the epoch."""

    request_id: str
    channel: str
    account: str
    sender_id: str
    code: str
    #: What the platform calls him.
    label: str = ""
    #: Further facts of the platform: ``username``, ``e164``.
    facts: dict[str, str] = field(default_factory=dict)
    #: Where he was told the code, and hears of the decision.
    route: ReplyRoute = field(default_factory=lambda: ReplyRoute("client"))
    created_at_ms: int = 0
    last_seen_at_ms: int = 0

    @property
    def expires_at_ms(self) -> int:
        return self.created_at_ms + TTL_MS


@dataclass(frozen=True, slots=True)
class KnownSender:
    """A sender over whom an operator decided."""

    channel: str
    account: str
    sender_id: str
    standing: Standing
    label: str = ""
    decided_by: str = ""
    decided_at_ms: int = 0


def make_code(choose: Callable[[Sequence[str]], str]) -> str:
    """A code of symbols that ``choose`` picks, which must be a cryptographic source."""
    return "".join(choose(ALPHABET) for _ in range(CODE_CHARS))


def normal_code(text: str) -> str:
    """A code as somebody typed it."""
    return "".join(text.split()).replace("-", "").upper()

"""The typing note of a running turn, driven by the turn's own loop."""

from __future__ import annotations

from openclaw.domain.envelope import ReplyRoute
from openclaw.ports.channel import ChannelAccount
from openclaw.ports.clock import Clock

#: Platforms show a note for five to ten seconds.
REFRESH_MS = 5_000
#: After this long a note no longer means anything; the turn may be stuck.
TTL_MS = 120_000
#: A platform that takes this long to accept a note would slow the turn down: no more notes for this turn.
PATIENCE_MS = 2_000


class TypingIndicator:
    """Shows "typing…" from ``start`` until ``stop`` or two minutes have gone by. For one turn and one thread."""

    def __init__(
        self,
        account: ChannelAccount,
        route: ReplyRoute,
        clock: Clock,
        *,
        refresh_ms: int = REFRESH_MS,
        ttl_ms: int = TTL_MS,
    ) -> None:
        self._account = account
        self._route = route
        self._clock = clock
        self._refresh_ms = refresh_ms
        self._ttl_ms = ttl_ms
        self._ends_at_ms = 0
        self._next_at_ms = 0

    @property
    def active(self) -> bool:
        return self._clock() < self._ends_at_ms

    def start(self) -> None:
        """Show the note now and let ``refresh`` keep it alive."""
        now_ms = self._clock()
        self._ends_at_ms = now_ms + self._ttl_ms
        self._show(now_ms)

    def refresh(self) -> None:
        """Show the note again if the last one is about to fade; cheap, call it as often as you like."""
        now_ms = self._clock()
        if self._next_at_ms <= now_ms < self._ends_at_ms:
            self._show(now_ms)

    def stop(self) -> None:
        """Let the note fade."""
        self._ends_at_ms = 0

    def _show(self, now_ms: int) -> None:
        self._account.typing(self._route)
        if self._clock() - now_ms >= PATIENCE_MS:
            self.stop()
        self._next_at_ms = now_ms + self._refresh_ms

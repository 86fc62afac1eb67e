"""The typing note of a running turn: shown beside it, kept alive by whoever watches over the turn."""

from __future__ import annotations

from collections.abc import Callable

from openclaw.domain.reply_rules import TypingMode
from openclaw.domain.silence import may_be_silent
from openclaw.ports.clock import Clock

#: Platforms show a note for five to ten seconds. OpenClaw's.
REFRESH_MS = 6_000
#: After this long a note no longer means anything; the turn may be stuck.
TTL_MS = 120_000


class TypingNote:
    """Shows "typing…" until the turn ends or two minutes have gone by. ``show`` must return at once."""

    def __init__(self, show: Callable[[], object], mode: TypingMode, clock: Clock) -> None:
        self._show = show
        self._mode = mode
        self._clock = clock
        self._said = ""
        self._ends_at_ms = 0
        self._next_at_ms = 0

    def begin(self) -> None:
        """The turn begins."""
        if self._mode == "instant":
            self._start()

    def text(self, delta: str) -> None:
        """The model said something that may be for somebody."""
        if self._ends_at_ms or self._mode == "never":
            return
        self._said += delta
        if not may_be_silent(self._said):
            self._start()

    def restart(self) -> None:
        """What was said is void."""
        self._said = ""

    def tick(self) -> None:
        """The model is at work, and has said nothing."""
        if self._mode == "thinking" and not self._ends_at_ms:
            self._start()

    def refresh(self) -> None:
        """Show the note again if the last one is about to fade. Cheap, and for any thread."""
        now_ms = self._clock()
        if self._next_at_ms <= now_ms < self._ends_at_ms:
            self._next_at_ms = now_ms + REFRESH_MS
            self._show()

    def stop(self) -> None:
        """Let the note fade, and show none any more."""
        self._mode, self._ends_at_ms = "never", 0

    def _start(self) -> None:
        self._ends_at_ms = self._clock() + TTL_MS
        self.refresh()

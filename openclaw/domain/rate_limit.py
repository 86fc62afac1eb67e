"""Counting messages evenly over a window, with one number per counter. Pure.

The number is the time at which all that was taken so far would be paid off, if one message cost ``window / limit``
(the generic cell rate algorithm). A counter that was idle for a window takes ``limit`` messages at once.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many within a window; a limit of 0 is none."""

    limit: int
    window_ms: int

    @property
    def cost_ms(self) -> float:
        return self.window_ms / self.limit

    def after(self, paid_until_ms: float, now_ms: float) -> float | None:
        """Take one: the counter's new number, or ``None`` when there is no room."""
        if self.limit <= 0:
            return now_ms
        wanted = max(paid_until_ms, now_ms) + self.cost_ms
        return wanted if wanted <= now_ms + self.window_ms + _ROUNDING_MS else None


#: Sums of fractions of milliseconds do not come out even.
_ROUNDING_MS = 0.001

"""The places between two durable effects where a process may die, by name.

Production code says ``reach(CrashPoint.X)``; nothing happens unless a hook was armed. A test arms one, the process
kills itself exactly there, and the test shows that a restart loses and doubles nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class CrashPoint(StrEnum):
    """In the order of a message's life."""

    ACCEPT_BEFORE_COMMIT = "accept-before-commit"
    ACCEPT_AFTER_COMMIT = "accept-after-commit"
    SUBMIT_AFTER_LUA = "submit-after-lua"
    RING_AFTER_DOORBELL = "ring-after-doorbell"
    BEGIN_BEFORE_LUA = "begin-before-lua"
    BEGIN_AFTER_LUA = "begin-after-lua"
    CLAIM_AFTER_COMMIT = "claim-after-commit"
    MODEL_STEP_BEFORE_COMMIT = "model-step-before-commit"
    MODEL_STEP_AFTER_COMMIT = "model-step-after-commit"
    TOOL_STEP_BEFORE_RUN = "tool-step-before-run"
    TOOL_STEP_BEFORE_COMMIT = "tool-step-before-commit"
    TOOL_STEP_AFTER_COMMIT = "tool-step-after-commit"
    FINISH_BEFORE_COMMIT = "finish-before-commit"
    FINISH_AFTER_COMMIT = "finish-after-commit"
    DONE_AFTER_LUA = "done-after-lua"
    OUTBOX_AFTER_CLAIM = "outbox-after-claim"
    OUTBOX_AFTER_SEND = "outbox-after-send"
    OUTBOX_AFTER_MARK = "outbox-after-mark"


_hook: Callable[[CrashPoint], None] | None = None


def arm(hook: Callable[[CrashPoint], None] | None) -> None:
    """Install what happens at every point; ``None`` disarms."""
    global _hook  # noqa: PLW0603  (one process-wide switch, set by the composer before any work)
    _hook = hook


def reach(point: CrashPoint) -> None:
    """Pass a crash point."""
    if _hook is not None:
        _hook(point)

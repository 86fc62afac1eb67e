"""Lets tests kill a process at a named crash point: armed only when the environment says so."""

from __future__ import annotations

import os
import signal

from openclaw.domain.crash_points import CrashPoint, arm
from openclaw.settings.schema import Settings

#: A file of this name in the run folder marks a point; the first process that passes it takes the file and dies.
MARKER = "crash-at-{}"


def arm_crash_points(settings: Settings) -> None:
    """With ``OPENCLAW_CRASH_POINTS=1``, die by SIGKILL at any point that is marked in the run folder, once."""
    if not settings.crash_points:
        return

    def die_if_marked(point: CrashPoint) -> None:
        try:
            (settings.run_dir / MARKER.format(point.value)).unlink()
        except FileNotFoundError:
            return
        os.kill(os.getpid(), signal.SIGKILL)

    arm(die_if_marked)

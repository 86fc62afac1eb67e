"""Parts that outlived a supervisor which was killed: found by their pid files, ended before a new stack starts.

A pid may have been given to a stranger since; only a process whose environment names this part's ready file is ours.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

#: Files in the run folder that name processes with a keeper of their own.
_NOT_PARTS = frozenset({"supervisor", "redis"})
_POLL_SECONDS = 0.05


def end_orphans(run_dir: Path, *, drain_seconds: float) -> list[str]:
    """End what a dead supervisor left; the names of the parts. Needs ``/proc``; does nothing without."""
    found = {path.stem: pid for path in run_dir.glob("*.pid") if (pid := _orphan(path)) is not None}
    for pid in found.values():
        _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + drain_seconds
    while any(_orphan(run_dir / f"{name}.pid") for name in found):
        if time.monotonic() > deadline:
            for pid in found.values():
                _signal(pid, signal.SIGKILL)
        time.sleep(_POLL_SECONDS)
    for path in run_dir.glob("*.pid"):
        if path.stem not in _NOT_PARTS:
            path.unlink(missing_ok=True)
    return list(found)


def _orphan(path: Path) -> int | None:
    """The pid in the file when that process runs and is this home's part."""
    if path.stem in _NOT_PARTS:
        return None
    try:
        pid = int(path.read_text(encoding="ascii"))
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    wanted = f"OPENCLAW_READY_FILE={path.with_suffix('.ready')}".encode()
    return pid if wanted in environment else None


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        # Parts lead a group of their own: what they started ends with them.
        if number is signal.SIGKILL:
            os.killpg(pid, number)
        else:
            os.kill(pid, number)

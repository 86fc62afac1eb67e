"""Memory as the kernel counts it: proportional set size, shared pages divided among their users."""

from __future__ import annotations

from pathlib import Path

import psutil


def pss_mb(pid: int, *, children: bool = True) -> float:
    """PSS of a process, and of its children, in megabytes."""
    pids = [pid]
    if children:
        pids += [child.pid for child in psutil.Process(pid).children(recursive=True)]
    return sum(_pss_kb(p) for p in pids) / 1024


def _pss_kb(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0

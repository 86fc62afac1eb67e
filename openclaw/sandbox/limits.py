"""What a command may use at the most: by the kernel's limits, and for root by a control group.

The kernel does not count root's processes, so a worker that runs as root puts each command into a group of its own that
is counted; where it may not, commands are refused.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

#: Where process counts are kept: in the older hierarchy, and in the unified one.
PID_HIERARCHIES = (Path("/sys/fs/cgroup/pids"), Path("/sys/fs/cgroup"))


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in mebibytes."""

    cpu_seconds: int = 600
    memory_mb: int = 1024
    processes: int = 256
    file_mb: int = 512
    open_files: int = 1024


def limited(limits: Limits, command: Sequence[str]) -> list[str]:
    """The arguments that run a command under the kernel's limits."""
    mebi = 1024 * 1024
    return [
        "prlimit",
        f"--cpu={limits.cpu_seconds}",
        f"--data={limits.memory_mb * mebi}",
        f"--nproc={limits.processes}",
        f"--fsize={limits.file_mb * mebi}",
        f"--nofile={limits.open_files}",
        "--core=0",
        "--",
        *command,
    ]


def needs_group() -> bool:
    """Whether the kernel's own count does not hold for this process."""
    return os.geteuid() == 0


def make_group(name: str, processes: int) -> Path:
    """Make a group in which so many processes may run. Raises OSError where that is not possible."""
    failure: OSError = FileNotFoundError("no hierarchy counts processes")
    for hierarchy in PID_HIERARCHIES:
        group = hierarchy / f"openclaw-{name}-{secrets.token_hex(4)}"
        try:
            group.mkdir()
        except OSError as error:
            failure = error
            continue
        try:
            (group / "pids.max").write_text(str(processes))
        except OSError as error:
            failure = error
            group.rmdir()
            continue
        return group
    raise failure


def grouped(group: Path, command: Sequence[str]) -> list[str]:
    """The arguments that run a command as a member of a group."""
    return ["/bin/sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', str(group), *command]

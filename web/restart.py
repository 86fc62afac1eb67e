"""A gateway that asks to be started anew: it drains, its server ends with the code that means so.

The code is the supervisor's for "start me again with the newest configuration"; other keepers of processes start again
whatever has ended. The wish is a byte that the server and its worker share since before the fork.
"""

from __future__ import annotations

import mmap
import os
import signal
import sys
from typing import Any

from openclaw.domain.exit_codes import ANEW

#: Until a restart that was asked for begins, so that the answer leaves first.
DEFAULT_DELAY_MS = 500

_wish = mmap.mmap(-1, 1)
_master_pid = 0


def remember_server() -> None:
    """In the server, before it forks: this is whom a worker asks."""
    global _master_pid  # noqa: PLW0603 - one server per process, inherited by its workers
    _master_pid = os.getpid()


def can_restart() -> bool:
    """Whether this process is a worker of a server that knows of restarts."""
    return _master_pid not in (0, os.getpid()) and os.getppid() == _master_pid


def ask_server() -> None:
    """In a worker: let the server end gracefully, for a new one."""
    _wish[0] = 1
    os.kill(_master_pid, signal.SIGTERM)


def on_exit(_server: Any) -> None:
    """Gunicorn's last hook in the server."""
    if _wish[0]:
        sys.exit(ANEW)

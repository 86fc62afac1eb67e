"""One supervisor per home: a lock that lives as long as its process, and what it tells others.

The lock, not the pid file, says whether a stack runs, so that a stale file and a reused pid mislead nobody.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openclaw.errors import OpenClawError
from openclaw.settings.private_file import write_private

_POLL_SECONDS = 0.05


class AlreadyRunning(OpenClawError):
    """A stack runs in this home."""

    fault = "operator"


@contextlib.contextmanager
def sole_supervisor(run_dir: Path) -> Iterator[None]:
    """Be this home's supervisor. Raises AlreadyRunning, naming the running one's address."""
    lock = _lock(run_dir)
    if lock is None:
        state = read_state(run_dir)
        where = f" at {state['url']}" if state else ", still starting or already stopping"
        raise AlreadyRunning(
            f"this home's stack runs already{where} (pid {running_pid(run_dir)}); `openclaw down` stops it"
        )
    pid_path = run_dir / "supervisor.pid"
    try:
        write_private(pid_path, f"{os.getpid()}\n")
        yield
    finally:
        (run_dir / "gateway.json").unlink(missing_ok=True)
        pid_path.unlink(missing_ok=True)
        os.close(lock)


def publish_state(run_dir: Path, state: dict[str, Any]) -> None:
    """Tell clients on this machine where the gateway is."""
    write_private(run_dir / "gateway.json", json.dumps(state))


def read_state(run_dir: Path) -> dict[str, Any] | None:
    """What a running supervisor has published."""
    try:
        found = json.loads((run_dir / "gateway.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def running_pid(run_dir: Path) -> int | None:
    """The pid of the running supervisor, ``None`` when there is none."""
    if not run_dir.is_dir():
        return None
    lock = _lock(run_dir)
    if lock is not None:
        os.close(lock)
        return None
    try:
        return int((run_dir / "supervisor.pid").read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None


def stop_running(run_dir: Path, *, timeout: float) -> bool:
    """Ask the running supervisor to drain and wait for its end; false when none runs.

    Raises AlreadyRunning when it has not ended in time.
    """
    pid = running_pid(run_dir)
    if pid is None:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + timeout
    while running_pid(run_dir) is not None:
        if time.monotonic() > deadline:
            raise AlreadyRunning(f"the supervisor (pid {pid}) still drains after {timeout:g} s")
        time.sleep(_POLL_SECONDS)
    return True


def _lock(run_dir: Path) -> int | None:
    descriptor = os.open(run_dir / "supervisor.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor

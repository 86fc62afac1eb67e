"""One part of the stack as a child process: started in a group of its own, watched, restarted, stopped.

Invariants: its pid file exists exactly while it runs; the whole group ends with it; it ends when its supervisor
dies without a word (on Linux, by the parent-death signal).
"""

from __future__ import annotations

import contextlib
import ctypes
import http.client
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from openclaw.domain.exit_codes import ANEW
from openclaw.settings.private_file import write_private

FIRST_DELAY_SECONDS = 1.0
#: A part that ran this long was healthy: its next crash is a first one.
HEALTHY_SECONDS = 30.0
#: A log larger than this is put aside when its part starts.
_LOG_BYTES = 10_000_000
_PROBE_SECONDS = 1.0
_PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Part:
    """What to run. ``name`` is the role, with a number from the second one on."""

    name: str
    argv: Sequence[str]
    #: An address that answers 200 once the part serves; without one the part touches its ready file.
    ready_url: str | None = None
    #: False: the stack is ready without waiting for it.
    awaited: bool = True
    #: What of the configuration only a new process can follow; a part that runs with another is out of date.
    basis: object = None


@dataclass(slots=True)
class Child:
    """The life of one part. Times are monotonic seconds."""

    part: Part
    run_dir: Path
    logs_dir: Path
    environment: Mapping[str, str]
    cwd: Path
    max_delay: float
    #: The newest command line and environment for this part, asked for at every start but the first.
    renew: Callable[[Part], tuple[Part, Mapping[str, str]]]
    process: subprocess.Popen[bytes] | None = None
    exits: int = 0
    last_exit: str = ""
    was_ready: bool = False
    restart_at: float = 0.0
    #: When it is ended by force, since it was asked to make way for its successor.
    _replace_by: float | None = None
    _asked_to_stop: bool = False
    #: When it was last started at its own wish; one that wishes for nothing else is held back like one that crashes.
    _anew_at: float = float("-inf")
    _started_at: float = 0.0
    _delay: float = field(default=FIRST_DELAY_SECONDS)

    @property
    def log_path(self) -> Path:
        return self.logs_dir / f"{self.part.name}.log"

    @property
    def pid_path(self) -> Path:
        return self.run_dir / f"{self.part.name}.pid"

    @property
    def ready_path(self) -> Path:
        return self.run_dir / f"{self.part.name}.ready"

    @property
    def due(self) -> float | None:
        """When something is to be done about the part, if its process does not end before."""
        return self.restart_at if self.process is None else self._replace_by

    def start(self, now: float) -> None:
        """Start the process."""
        self.ready_path.unlink(missing_ok=True)
        parent = os.getpid()
        log = _open_log(self.log_path)
        try:
            self.process = subprocess.Popen(  # noqa: S603 - our own command lines
                list(self.part.argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.cwd,
                env={**self.environment, "OPENCLAW_READY_FILE": str(self.ready_path)},
                start_new_session=True,
                preexec_fn=(lambda: _die_with(parent)) if _libc else None,  # noqa: PLW1509 - no threads here
            )
        finally:
            os.close(log)
        self._started_at = now
        self.was_ready = False
        self._asked_to_stop = False
        self._replace_by = None
        write_private(self.pid_path, f"{self.process.pid}\n")

    def watch(self, now: float) -> str | None:
        """Notice an exit, and restart when it is time; what happened, if anything did."""
        if self.process is None:
            if now >= self.restart_at:
                return self._start_again(now, "started again")
            return None
        code = self.process.poll()
        if code is None:
            if self._replace_by is not None and now >= self._replace_by:
                self.kill()
                return self._start_again(now, "is ended by force and started anew")
            return None
        self._forget()
        asked = code == ANEW and now - self._anew_at >= FIRST_DELAY_SECONDS
        if asked or self._replace_by is not None:
            self._anew_at = now
            return self._start_again(now, "started anew")
        self.exits += 1
        self.last_exit = f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
        if now - self._started_at >= HEALTHY_SECONDS:
            self._delay = FIRST_DELAY_SECONDS
        delay, self._delay = min(self._delay, self.max_delay), self._delay * 2
        self.restart_at = now + delay
        return f"{self.part.name} ended ({self.last_exit}); again in {delay:g} s; see {self.log_path}"

    def is_ready(self) -> bool:
        """Whether the part serves; asks only until it has said so once."""
        if self.process is None:
            return False
        if not self.was_ready:
            url = self.part.ready_url
            self.was_ready = _answers(url) if url else self.ready_path.exists()
        return self.was_ready

    def ask_to_stop(self) -> None:
        """Send SIGTERM, once: parts take a second one as an order to leave everything."""
        if self.process is not None and self.process.poll() is None and not self._asked_to_stop:
            self._asked_to_stop = True
            self.process.terminate()

    def replace(self, now: float, drain_seconds: float) -> None:
        """Let the part finish, then start it with what is configured by then."""
        if not self._asked_to_stop:
            self.ask_to_stop()
            self._replace_by = now + drain_seconds

    def has_stopped(self) -> bool:
        """Whether nothing runs; tidies up when so."""
        if self.process is not None and self.process.poll() is not None:
            self._forget()
        return self.process is None

    def kill(self) -> None:
        """End the whole group at once."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self._forget()

    def log_tail(self, lines: int = 15) -> str:
        """The end of the log."""
        with contextlib.suppress(OSError), self.log_path.open(encoding="utf-8", errors="replace") as log:
            return "".join(deque(log, maxlen=lines))
        return ""

    def _start_again(self, now: float, what: str) -> str:
        self.part, self.environment = self.renew(self.part)
        self.start(now)
        return f"{self.part.name} {what}"

    def _forget(self) -> None:
        assert self.process is not None
        # What the leader left behind in its group must not hold ports or leases.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process = None
        self.pid_path.unlink(missing_ok=True)
        self.ready_path.unlink(missing_ok=True)


def _open_log(path: Path) -> int:
    if path.exists() and path.stat().st_size > _LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=_PROBE_SECONDS)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _die_with(parent: int) -> None:
    """In the child, before exec: ask for SIGTERM when the supervisor dies."""
    assert _libc is not None
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before we could ask
        os.kill(os.getpid(), signal.SIGTERM)

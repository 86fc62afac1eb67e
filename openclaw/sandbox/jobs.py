"""Commands as jobs: each has a folder and a process of its own that looks after it.

A job outlives the turn and the worker that started it. Whatever runs on the same machine finds it by its folder; on
another machine it is not there, and that is said. A job that was started under a name is started once.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from openclaw.errors import ToolError
from openclaw.ports.secrets import Secret
from openclaw.sandbox import runner

RUNNER = Path(runner.__file__)
#: How long a job that is over is kept, in seconds.
KEPT_SECONDS = 24 * 3600
NO_SECRETS: Mapping[str, Secret] = MappingProxyType({})
_START_SECONDS = 10.0
_LOOK_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class JobSpec:
    """What to run and for whom. ``argv`` is complete: contained and limited."""

    session_key: str
    #: As the model wrote it.
    text: str
    argv: Sequence[str]
    cwd: str
    env: Mapping[str, str]
    timeout_seconds: float
    output_bytes: int
    pty: bool = False
    #: Whether input may be sent.
    keys: bool = True
    #: Whether it is a box that asks for its secret variables, see ``runner``.
    boxed_secrets: bool = False
    #: The control group that is removed at the end; empty for none.
    group: str = ""
    started_at_ms: int = field(default_factory=lambda: time.time_ns() // 1_000_000)


@dataclass(frozen=True, slots=True)
class JobEnd:
    """How a job ended. ``exit_code`` is negative for a signal."""

    exit_code: int
    seconds: float
    timed_out: bool
    killed: bool
    #: Bytes of output that were left out.
    dropped: int
    #: Its process died without a word: a restart of the machine, or somebody's kill.
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """One job, by its folder."""

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def spec(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "spec.json").read_text())
        return found

    @property
    def in_background(self) -> bool:
        """Whether its starter has gone on without it."""
        return (self.folder / "background").exists()

    def leave_in_background(self) -> None:
        """Note that nobody waits for it any more."""
        (self.folder / "background").touch()

    def note_told(self) -> None:
        """Note that its session has heard of its end."""
        (self.folder / "told").touch()

    def end(self) -> JobEnd | None:
        """How it ended; ``None`` while it runs."""
        with suppress(FileNotFoundError):
            told = json.loads((self.folder / "status.json").read_text())
            return JobEnd(told["exit_code"], told["seconds"], told["timed_out"], told["killed"], told["dropped"])
        if self._pid() is not None:
            return None
        # It may have ended between the two looks.
        return self.end() if (self.folder / "status.json").exists() else JobEnd(-9, 0.0, False, False, 0, lost=True)

    def output(self, offset: int = 0, most: int = 1 << 20) -> bytes:
        """What came out from this byte on."""
        with suppress(FileNotFoundError), (self.folder / "output").open("rb") as file:
            file.seek(offset)
            return file.read(most)
        return b""

    def tail(self) -> bytes:
        """The newest of what did not fit; there once the job is over."""
        with suppress(FileNotFoundError):
            return (self.folder / "tail").read_bytes()
        return b""

    def send(self, raw: bytes) -> None:
        """Type something. Raises ToolError when nobody reads."""
        try:
            keys = os.open(self.folder / "keys", os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            raise ToolError(f"job {self.id} takes no input ({error.strerror}).") from None
        try:
            os.write(keys, raw)
        except OSError as error:
            raise ToolError(f"job {self.id} does not read its input ({error.strerror}).") from None
        finally:
            os.close(keys)

    def kill(self) -> None:
        """Ask it to end; it is killed if it does not."""
        pid = self._pid()
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    def _pid(self) -> int | None:
        """The process that looks after it, if it is there and is ours."""
        try:
            pid = int((self.folder / "pid").read_text())
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        return pid if os.fsencode(self.folder) in arguments else None


class Jobs:
    """The jobs of one machine. Thread-safe, and safe between processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def start(self, job_id: str, spec: JobSpec, secrets: Mapping[str, Secret] = NO_SECRETS) -> Job:
        """Start a job under a name. Raises ToolError when it cannot be started.

        ``secrets`` are variables that it gets where ``spec`` does not set them; they are neither in a file nor in an
        argument.
        """
        job = Job(self._folder / job_id)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self._folder / f".{job_id}.{os.getpid()}.{time.monotonic_ns()}"
        fresh.mkdir(mode=0o700)
        try:
            (fresh / "spec.json").write_text(json.dumps(asdict(spec) | {"host": os.uname().nodename}))
            os.mkfifo(fresh / "keys", 0o600)
            # Whoever comes second finds the name taken.
            fresh.rename(job.folder)
        except OSError as error:
            shutil.rmtree(fresh, ignore_errors=True)
            if job.folder.exists():
                return job
            raise ToolError(f"The command cannot be started ({error.strerror}).") from None
        subprocess.run(  # noqa: S603 - our own program, which goes on by itself
            [sys.executable, "-I", "-S", str(RUNNER), str(job.folder)],
            input=json.dumps({name: value.reveal() for name, value in secrets.items()}).encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
            start_new_session=True,
            check=False,
        )
        deadline = time.monotonic() + _START_SECONDS
        while not (job.folder / "pid").exists():
            if time.monotonic() > deadline:
                raise ToolError("The command was not started in time.")
            time.sleep(_LOOK_SECONDS)
        return job

    def find(self, job_id: str) -> Job | None:
        """A job by its name."""
        if not job_id.isalnum():
            return None
        job = Job(self._folder / job_id)
        return job if (job.folder / "spec.json").is_file() else None

    def of_session(self, session_key: str) -> list[Job]:
        """What a session left in the background, oldest first."""
        mine = [job for job in self.all() if job.in_background and job.spec["session_key"] == session_key]
        return sorted(mine, key=lambda job: int(job.spec["started_at_ms"]))

    def all(self) -> Iterator[Job]:
        """Every job."""
        if self._folder.is_dir():
            for folder in sorted(self._folder.iterdir()):
                if not folder.name.startswith(".") and (folder / "spec.json").is_file():
                    yield Job(folder)

    def untold(self) -> Iterator[Job]:
        """Jobs that ended in the background and whose sessions have not heard of it."""
        for job in self.all():
            if job.in_background and not (job.folder / "told").exists() and job.end() is not None:
                yield job

    def remove(self, job: Job) -> None:
        """Forget a job that is over."""
        with suppress(OSError):
            # Its own process has done so, unless it was killed.
            Path(job.spec["group"] or "/nothing").rmdir()
        shutil.rmtree(job.folder, ignore_errors=True)

    def sweep(self, now_ms: int) -> int:
        """Forget jobs that have long been over; how many."""
        removed = 0
        for job in list(self.all()):
            old = now_ms - job.folder.stat().st_mtime_ns // 1_000_000 > KEPT_SECONDS * 1000
            if old and job.end() is not None:
                self.remove(job)
                removed += 1
        return removed

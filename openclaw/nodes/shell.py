"""``system.run`` and ``system.which``: programs of this machine, under its user's approvals."""

from __future__ import annotations

import codecs
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from openclaw.errors import NotFound
from openclaw.nodes.approvals import Approvals, find_program
from openclaw.nodes.job import Job, NodeRefused

#: Characters of each stream that are answered; the rest is read and left out.
MAX_OUTPUT = 200_000
#: A piece of output that is told while a program runs.
MAX_CHUNK = 8_000
#: How long a program has to end by itself when it is stopped, in seconds.
GRACE_SECONDS = 2.0
_LOOK_SECONDS = 0.05
#: Left of the answer's time for the answer itself, in seconds.
_MARGIN_SECONDS = 0.5

#: What a program sees of this process's environment; the rest may hold secrets.
_INHERITED = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "DISPLAY", "TERM")


def _is_refused(name: str) -> bool:
    """Whether setting this variable would make another program of an approved one."""
    return name == "PATH" or name.startswith(("LD_", "DYLD_")) or "=" in name or not name


@dataclass(slots=True)
class _Output:
    """One stream of a program, read to its end and kept up to a bound."""

    job: Job
    text: list[str] = field(default_factory=list)
    kept: int = 0
    truncated: bool = False

    def read(self, stream: IO[bytes]) -> None:
        """Take what comes as soon as it comes."""
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        with stream, suppress(OSError, ValueError):
            while raw := os.read(stream.fileno(), MAX_CHUNK):
                piece = decode(raw)
                self.truncated |= self.kept + len(piece) > MAX_OUTPUT
                piece = piece[: MAX_OUTPUT - self.kept]
                if piece:
                    self.kept += len(piece)
                    self.text.append(piece)
                    self.job.progress(piece)


class Shell:
    """Runs programs that the user has approved."""

    def __init__(self, approvals: Approvals) -> None:
        self._approvals = approvals

    def which(self, params: dict[str, Any], _job: Job) -> dict[str, Any]:
        """Where programs are, and whether they may be run."""
        names = params.get("bins", [params["bin"]] if "bin" in params else [])
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise NodeRefused("BAD_PARAMS", "bins must be a list of strings")
        found = {name: path for name in names if (path := shutil.which(name)) is not None}
        allowed = [name for name, path in found.items() if self._approvals.allows(Path(path).resolve())]
        return {"bins": found, "allowed": allowed}

    def run(self, params: dict[str, Any], job: Job) -> dict[str, Any]:
        """Run one program and wait for it. Raises NodeRefused."""
        argv = params.get("command")
        if not (isinstance(argv, list) and argv and all(isinstance(part, str) and "\0" not in part for part in argv)):
            raise NodeRefused("BAD_PARAMS", "command must be a list of strings: the program and its arguments")
        program = self._approved(argv[0])
        environment, folder = _environment(params.get("env")), _folder(params.get("cwd"))
        seconds = max(0.1, min(_seconds(params.get("timeoutMs"), job.seconds), job.seconds - _MARGIN_SECONDS))
        started = time.monotonic()
        try:
            process = subprocess.Popen(  # noqa: S603 - approved by the user of this machine
                argv,
                executable=str(program),
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise NodeRefused("CANNOT_RUN", f"{argv[0]} cannot be run: {error.strerror}") from error
        out, err = _Output(job), _Output(job)
        timed_out = _wait(process, (out, err), job, started + seconds)
        return {
            "exitCode": process.returncode,
            "success": process.returncode == 0 and not timed_out,
            "timedOut": timed_out,
            "stdout": "".join(out.text),
            "stderr": "".join(err.text),
            "truncated": out.truncated or err.truncated,
            "durationMs": int((time.monotonic() - started) * 1000),
        }

    def _approved(self, name: str) -> Path:
        try:
            program = find_program(name)
        except NotFound as error:
            raise NodeRefused("NOT_FOUND", str(error)) from error
        if not self._approvals.allows(program):
            advice = f"its user can allow it there: openclaw node allow {program}"
            raise NodeRefused("SYSTEM_RUN_DENIED", f"{program} is not approved on this machine; {advice}")
        return program


def _environment(added: Any) -> dict[str, str]:
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    if added is None:
        return environment
    if not isinstance(added, Mapping) or not all(isinstance(value, str) for value in added.values()):
        raise NodeRefused("BAD_PARAMS", "env must map names to strings")
    refused = sorted(name for name in added if _is_refused(name))
    if refused:
        raise NodeRefused("BAD_PARAMS", f"these variables may not be set: {', '.join(refused)}")
    return environment | dict(added)


def _folder(given: Any) -> Path:
    folder = Path(given).expanduser() if isinstance(given, str) and given else Path.home()
    if not folder.is_dir():
        raise NodeRefused("BAD_PARAMS", f"there is no folder {folder}")
    return folder


def _seconds(milliseconds: Any, otherwise: float) -> float:
    good = isinstance(milliseconds, int) and not isinstance(milliseconds, bool) and milliseconds > 0
    return milliseconds / 1000 if good else otherwise


def _wait(process: subprocess.Popen[bytes], outputs: tuple[_Output, _Output], job: Job, deadline: float) -> bool:
    """Read a program's output until it ends, or end it with all that it has started; whether it took too long."""
    streams = (process.stdout, process.stderr)
    readers = [
        threading.Thread(target=output.read, args=(stream,), daemon=True)
        for output, stream in zip(outputs, streams, strict=True)
    ]
    for reader in readers:
        reader.start()
    stopped = False
    while process.poll() is None:
        if job.cancelled.wait(_LOOK_SECONDS) or time.monotonic() > deadline:
            stopped = True
            _end(process)
    if not stopped:
        # What it left running in the background may hold its output open.
        for reader in readers:
            reader.join(max(0.0, min(GRACE_SECONDS, deadline - time.monotonic())))
    _signal(process, signal.SIGKILL)
    for reader in readers:
        reader.join(GRACE_SECONDS)
    return stopped


def _end(process: subprocess.Popen[bytes]) -> None:
    _signal(process, signal.SIGTERM)
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)

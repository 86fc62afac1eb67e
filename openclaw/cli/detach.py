"""Going into the background: the command returns when the stack serves, with the line the stack printed."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

#: What a detached process tells the command that started it: the first byte says whether it serves.
_READY, _FAILED = b"+", b"-"


def run_detached(run: Callable[[Callable[[str], None]], None], log: Path) -> int:
    """Run in a process of its own session; ``run`` is given what tells the ready line.

    Prints that line, or the failure, and gives the exit code for the foreground. Output goes to ``log``.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.setsid()
        if os.fork():  # the session's leader leaves, so that the stack can never get a terminal
            os._exit(0)
        _in_background(run, log, writing)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    text = told[1:].decode() or f"it ended without a word; see {log}"
    if told[:1] == _READY:
        sys.stdout.write(text + "\n")
        return 0
    sys.stderr.write(f"error: {text}\n")
    return 1


def _in_background(run: Callable[[Callable[[str], None]], None], log: Path, writing: int) -> None:
    code = 1
    try:
        null = os.open(os.devnull, os.O_RDONLY)
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for target, source in ((0, null), (1, out), (2, out)):
            os.dup2(source, target)

        def tell(line: str) -> None:
            os.write(writing, _READY + line.encode())
            os.close(writing)

        run(tell)
        code = 0
    except BaseException as error:  # noqa: BLE001 - the last frame of this process: it reports and ends
        sys.stderr.write(f"{error}\n")
        with contextlib.suppress(OSError):  # the line was told already: the log has the story
            os.write(writing, _FAILED + str(error).encode())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

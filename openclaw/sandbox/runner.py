"""The process that looks after one command: its output, its keys, its time. A program of its own.

It outlives the worker that started it. It is started by its path with an isolated interpreter and imports the standard
library alone, so that it is there in a few milliseconds. Everything it knows stands in its folder:

``spec.json``: what to run, written by the starter. ``keys``: a FIFO for input. ``output``: what came out, up to a
bound. ``tail``: the newest of what did not fit. ``status.json``: how it ended; there once it is over.

What the command gets as secret variables comes by standard input and is written nowhere: a box takes it from a file in
memory, whatever is not boxed from its environment.

SIGTERM ends the command: first it is asked, then it is killed with all that it has started.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from typing import Any

Spec = dict[str, Any]
Process = subprocess.Popen[bytes]

PIECE = 65536
TAIL_BYTES = 32768
GRACE_SECONDS = 2.0
LOOK_SECONDS = 0.1
#: Where a box finds more of its arguments; far above what is open here.
SECRETS_FD = 100


class Output:
    """The command's output on disk: the beginning up to the bound, then the newest piece."""

    def __init__(self, folder: str, most: int) -> None:
        self.file = os.open(f"{folder}/output", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.tail_path = f"{folder}/tail"
        self.room, self.dropped, self.tail = most, 0, b""

    def take(self, raw: bytes) -> None:
        fits, rest = raw[: self.room], raw[self.room :]
        self.room -= len(fits)
        if fits:
            os.write(self.file, fits)
        if rest:
            self.dropped += len(rest)
            self.tail = (self.tail + rest)[-TAIL_BYTES:]

    def close(self) -> None:
        if self.tail:
            with open(self.tail_path, "wb") as file:  # noqa: PTH123 - the standard library's smallest part
                file.write(self.tail)
        os.close(self.file)


def start(spec: Spec, secrets: dict[str, str]) -> tuple[Process, int, int]:
    """Start the command; the process, where its output is read and where its input is written."""
    shared: Any = {"cwd": spec["cwd"], "env": spec["env"], "start_new_session": True}
    if spec["boxed_secrets"]:
        hold_for_box(secrets)
        shared["pass_fds"] = (SECRETS_FD,)
    else:
        shared["env"] = secrets | spec["env"]
    if spec["pty"]:
        terminal, far = os.openpty()
        streams: Any = {"stdin": far, "stdout": far, "stderr": far}
        process = subprocess.Popen(spec["argv"], **streams, **shared)  # noqa: S603 - the starter has asked
        os.close(far)
        return process, terminal, terminal
    read_end, out = os.pipe()
    theirs, ours = os.pipe()
    streams = {"stdin": theirs, "stdout": out, "stderr": out}
    process = subprocess.Popen(spec["argv"], **streams, **shared)  # noqa: S603 - the starter has asked
    os.close(theirs)
    os.close(out)
    return process, read_end, ours


def hold_for_box(secrets: dict[str, str]) -> None:
    """Put the variables where bubblewrap's ``--args`` reads them."""
    held = os.memfd_create("arguments", 0)
    for name, value in secrets.items():
        os.write(held, f"--setenv\0{name}\0{value}\0".encode())
    os.lseek(held, 0, os.SEEK_SET)
    os.dup2(held, SECRETS_FD)
    os.close(held)


def end(process: Process, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def look_after(spec: Spec, folder: str, secrets: dict[str, str]) -> dict[str, Any]:
    """Run it to its end; how it ended."""
    began = time.monotonic()
    asked: list[float] = []
    signal.signal(signal.SIGTERM, lambda *_: asked.append(time.monotonic()))
    # A worker that was started in the background ignores these; a command would inherit that, and no C-c reach it.
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    output = Output(folder, spec["output_bytes"])
    keys = os.open(f"{folder}/keys", os.O_RDWR | os.O_NONBLOCK)
    try:
        process, out, into = start(spec, secrets)
        if spec["boxed_secrets"]:
            os.close(SECRETS_FD)
    except OSError as error:
        output.take(f"{spec['argv'][0]}: {error.strerror}\n".encode())
        output.close()
        return {"exit_code": 127, "seconds": 0.0, "timed_out": False, "killed": False, "dropped": 0}
    if not spec["keys"]:
        os.close(into)
    timed_out, over_at, open_ends = False, 0.0, {out, keys} if spec["keys"] else {out}
    while out in open_ends or process.poll() is None:
        ready = select.select(list(open_ends), [], [], LOOK_SECONDS)[0]
        if keys in ready:
            with contextlib.suppress(OSError):
                os.write(into, os.read(keys, PIECE))
        if out in ready:
            try:
                raw = os.read(out, PIECE)
            except OSError:  # a terminal whose other end is closed
                raw = b""
            if raw:
                output.take(raw)
            else:
                open_ends.discard(out)
        now = time.monotonic()
        if process.poll() is not None:
            over_at = over_at or now
            # What it left running may hold its output open.
            if now - over_at > GRACE_SECONDS:
                break
        elif not asked and now - began > spec["timeout_seconds"]:
            timed_out = True
            asked.append(now)
        if asked and process.poll() is None:
            end(process, signal.SIGTERM if now - asked[0] < GRACE_SECONDS else signal.SIGKILL)
    end(process, signal.SIGKILL)
    output.close()
    return {
        "exit_code": process.wait(),
        "seconds": round(time.monotonic() - began, 3),
        "timed_out": timed_out,
        "killed": bool(asked) and not timed_out,
        "dropped": output.dropped,
    }


def remove_group(group: str) -> None:
    """Remove the command's control group as soon as the kernel has let go of its processes."""
    for _ in range(20):
        try:
            os.rmdir(group)  # noqa: PTH106
        except OSError:
            time.sleep(LOOK_SECONDS)
        else:
            return


def put(path: str, text: str) -> None:
    """Write a file that nobody sees half."""
    with open(f"{path}.new", "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(text)
    os.rename(f"{path}.new", path)  # noqa: PTH104


def main(folder: str) -> None:
    with open(f"{folder}/spec.json", encoding="utf-8") as file:  # noqa: PTH123
        spec = json.load(file)
    secrets = json.loads(sys.stdin.read() or "{}")
    if os.fork():
        # The starter has nothing to wait for: from here on nobody is this command's parent.
        os._exit(0)
    put(f"{folder}/pid", str(os.getpid()))
    status = look_after(spec, folder, secrets)
    put(f"{folder}/status.json", json.dumps(status))
    if spec["group"]:
        remove_group(spec["group"])


if __name__ == "__main__":
    main(sys.argv[1])

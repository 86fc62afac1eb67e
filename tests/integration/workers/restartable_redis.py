"""A Redis that a test may kill and start again, with its append-only file."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import redis

from tests.redis_server import server_binary
from tests.waiting import wait_until


class RestartableRedis:
    """One server in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = folder / "s"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    def start(self) -> None:
        command = [
            *(str(server_binary()), "--port", "0", "--unixsocket", str(self._socket), "--dir", str(self._folder)),
            *("--save", "", "--appendonly", "yes", "--maxmemory-policy", "noeviction"),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with redis.Redis(unix_socket_path=str(self._socket), socket_timeout=5) as client:
            wait_until(lambda: _answers(client), what="the Redis server answers")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


@contextlib.contextmanager
def restartable_redis() -> Iterator[RestartableRedis]:
    with tempfile.TemporaryDirectory(prefix="oc-r-") as folder:
        server = RestartableRedis(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.kill()

"""A private Redis server for one machine, shared by all our processes there.

Invariants: one server per folder at any time, because the server itself holds a lock on it from before it starts
until it is gone; one owner at a time, who holds another lock for as long as it lives and alone stops the server. A
server whose owner died goes on and belongs to the next process that starts it. It listens on a socket in a folder
that nobody else can enter, never on the network, and survives a Ctrl-C in our terminal.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import time
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import redis
from redis.exceptions import BusyLoadingError, RedisError

from openclaw.coordination.client import connect
from openclaw.coordination.server_binary import OLDEST_VERSION, find_server, parse_version
from openclaw.coordination.socket_folder import private_folder, recorded_socket_path, socket_path
from openclaw.errors import RedisUnavailable

START_SECONDS = 10.0
STOP_SECONDS = 10.0
_POLL_SECONDS = 0.02
_LOG_NAME = "redis.log"
#: A log that has grown past this is begun anew at the next start.
_LOG_BYTES = 5_000_000
_LOG_TAIL_LINES = 10


class EmbeddedRedis:
    """The server of ``folder``. ``binary`` is an explicit executable; ``pid_file`` is written by the server."""

    def __init__(self, folder: Path, binary: str | None = None, *, pid_file: Path | None = None) -> None:
        self._folder = folder.expanduser().absolute()
        self._binary = binary
        self._pid_file = (pid_file or self._folder / "redis.pid").expanduser().absolute()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner_lock: int | None = None
        self._log_start = 0

    @property
    def owned(self) -> bool:
        """Whether ``stop`` would stop the server."""
        return self._owner_lock is not None

    def start(self) -> str:
        """Make sure that the server runs and answers; its URL. May be called again, also after a crash.

        Raises ConfigError without a usable binary or folder, RedisUnavailable with the end of the server's log when
        it does not come up.
        """
        private_folder(self._folder)
        deadline = time.monotonic() + START_SECONDS
        spawned = False
        while True:
            path = recorded_socket_path(self._folder)
            state = "down" if path is None else _state(path)
            if path is not None and state == "up":
                self._own_if_ownerless()
                return _url(path)
            if state == "loading":
                # reading a big append-only file takes as long as it takes
                deadline = time.monotonic() + START_SECONDS
            if spawned:
                self._check_child()
            elif (lock := _try_lock(self._folder / "server.lock")) is not None:
                spawned = True
                try:
                    self._spawn(lock)
                finally:
                    os.close(lock)
            if time.monotonic() > deadline:
                raise RedisUnavailable(self._story("the embedded Redis server does not answer"))
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Stop the server if it is ours, gracefully; it keeps its data. Does nothing otherwise."""
        if self._owner_lock is None:
            return
        path = recorded_socket_path(self._folder)
        if path is not None:
            _shut_down(path)
        if self._process is not None:
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        self._await_end()
        os.close(self._owner_lock)
        self._owner_lock = None

    def _spawn(self, lock: int) -> None:
        """Start the server, which inherits ``lock`` and with it the folder."""
        if self._process is not None:
            # its lock was free, so it is dead
            self._process.wait()
        server = find_server(self._binary)
        path = socket_path(self._folder)
        self._pid_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = self._open_log()
        try:
            self._process = subprocess.Popen(  # noqa: S603  (a server the operator installed)
                [server.path, *self._flags(path)],
                cwd=self._folder,
                env={"LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(lock,),
            )
        finally:
            os.close(log)

    def _flags(self, path: Path) -> list[str]:
        flags = {
            "port": "0",
            "unixsocket": str(path),
            "unixsocketperm": "700",
            "dir": str(self._folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "pidfile": str(self._pid_file),
            "logfile": "",
        }
        return [part for name, value in flags.items() for part in (f"--{name}", value)]

    def _open_log(self) -> int:
        path = self._folder / _LOG_NAME
        log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        if os.fstat(log).st_size > _LOG_BYTES:
            os.ftruncate(log, 0)
        self._log_start = os.fstat(log).st_size
        return log

    def _check_child(self) -> None:
        """Raise when the server that we have just started has ended."""
        code = self._process.poll() if self._process else None
        if code is not None:
            self._process = None
            raise RedisUnavailable(self._story(f"the embedded Redis server ended at once (exit code {code})"))

    def _story(self, what: str) -> str:
        try:
            with (self._folder / _LOG_NAME).open("rb") as log:
                log.seek(self._log_start)
                tail = log.read().decode(errors="replace").splitlines()[-_LOG_TAIL_LINES:]
        except FileNotFoundError:
            tail = []
        return "\n  ".join([f"{what}; {self._folder / _LOG_NAME} ends with:", *tail])

    def _own_if_ownerless(self) -> None:
        if self._owner_lock is None:
            self._owner_lock = _try_lock(self._folder / "owner.lock")

    def _await_end(self) -> None:
        """Wait until the server's lock is free: also for a server that we took over and is not our child."""
        deadline = time.monotonic() + STOP_SECONDS
        while (lock := _try_lock(self._folder / "server.lock")) is None:
            if time.monotonic() > deadline:
                raise RedisUnavailable("the embedded Redis server does not stop")
            time.sleep(_POLL_SECONDS)
        os.close(lock)


def ensure_redis(
    url: str | None, folder: Path, *, binary: str | None = None, pid_file: Path | None = None
) -> tuple[str, EmbeddedRedis | None]:
    """The URL to use, with the server behind it if it is an embedded one. An explicit URL starts nothing."""
    if url:
        return url, None
    server = EmbeddedRedis(folder, binary, pid_file=pid_file)
    return server.start(), server


def verify_server(client: redis.Redis) -> list[str]:
    """What makes a server unfit for us, in words for the operator; empty when it is fine. Raises RedisUnavailable."""
    problems = []
    try:
        info = client.info()
    except RedisError as error:
        raise RedisUnavailable(f"Redis does not answer: {type(error).__name__}: {error}") from error
    # Valkey tells the Redis version that it is compatible with under this name
    version = parse_version(f"v={info.get('redis_version', '')}")
    if version is None or version < OLDEST_VERSION:
        oldest = ".".join(map(str, OLDEST_VERSION))
        problems.append(f"the server is version {info.get('redis_version', 'unknown')}; {oldest} or later is needed")
    policy = info.get("maxmemory_policy", "unknown")
    if policy != "noeviction":
        problems.append(f"maxmemory-policy is {policy}; it must be noeviction, or Redis may throw lanes away")
    return problems


def _url(path: Path) -> str:
    return f"unix://{quote(str(path))}?db=0"


def _state(path: Path) -> Literal["up", "loading", "down"]:
    client = connect(_url(path), max_connections=1)
    try:
        client.ping()
    except BusyLoadingError:
        return "loading"
    except RedisError:
        return "down"
    finally:
        client.close()
    return "up"


def _shut_down(path: Path) -> None:
    client = connect(_url(path), max_connections=1)
    try:
        client.shutdown()
    except RedisError:
        # gone before it answered, or already: the caller waits for its lock
        return
    finally:
        client.close()


def _try_lock(path: Path) -> int | None:
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock

"""A whole OpenClaw stack for tests that want the real thing, and a client that speaks its protocol."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import redis
import websocket

from openclaw.coordination.rest_mirror import KEY as REST_KEY
from tests.sqlite_file import open_file
from tests.websockets import open_websocket

ROOT = Path(__file__).resolve().parents[1]
SCOPES = ["operator.read", "operator.write", "operator.admin", "operator.approvals", "operator.pairing"]


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def clean_environment(home: Path) -> dict[str, str]:
    """An environment without anything of the user's but the way to Python."""
    keep = {k: v for k, v in os.environ.items() if k in {"PATH", "PYTHONPATH", "LANG", "LC_ALL", "TMPDIR"}}
    return {**keep, "HOME": str(home), "OPENCLAW_HOME": str(home / "oc"), "PYTHONUNBUFFERED": "1"}


@dataclass
class Stack:
    """``openclaw up`` in a folder of its own."""

    folder: Path
    config: str = ""
    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    _reader: threading.Thread = field(default_factory=threading.Thread)

    @property
    def home(self) -> Path:
        return self.folder / "oc"

    @property
    def url(self) -> str:
        return str(self.facts["url"])

    @property
    def token(self) -> str:
        return str(self.facts["token"])

    @property
    def env(self) -> dict[str, str]:
        return {**clean_environment(self.folder), **self.environment}

    def start(self, timeout: float = 60) -> Stack:
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.config:
            path = self.home / "config.toml"
            path.write_text(self.config)
            path.chmod(0o600)
        with (self.folder / "up.log").open("a") as log:
            self.process = self._spawn(log)
        self._wait_ready(self.process, timeout)
        return self

    def _spawn(self, log: IO[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "openclaw.cli.main", "up", "--json", "--port", str(free_port()), *self.arguments],
            env=self.env,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )

    def _wait_ready(self, process: subprocess.Popen[str], timeout: float) -> None:
        lines: queue.Queue[str] = queue.Queue()

        def read() -> None:
            assert process.stdout is not None
            with process.stdout as stdout:
                for line in stdout:
                    lines.put(line)

        self._reader = threading.Thread(target=read, daemon=True)
        self._reader.start()
        deadline = time.monotonic() + timeout
        while True:
            try:
                line = lines.get(timeout=0.5)
            except queue.Empty:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"the stack did not start:\n{self.logs()}") from None
                continue
            with contextlib.suppress(json.JSONDecodeError):
                facts = json.loads(line)
                if isinstance(facts, dict) and "url" in facts:
                    self.facts = facts
                    return

    def stop(self) -> int:
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(60)
            self._reader.join(5)
            return code
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise

    def pid(self, role: str) -> int:
        """The pid of a part, from its pid file."""
        return self.pids(role)[0]

    def pids(self, role: str) -> list[int]:
        """The pids of a role's parts. One whose file is just being written is not there yet."""
        found = [path.read_text() for path in sorted((self.home / "run").glob(f"{role}*.pid"))]
        return [int(text) for text in found if text.strip()]

    def logs(self) -> str:
        paths = [self.folder / "up.log", *sorted((self.home / "logs").glob("*.log"))]
        return "\n".join(f"--- {path.name}\n{path.read_text()[-3000:]}" for path in paths if path.exists())

    def cli(self, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run the command line against this stack."""
        env = {**self.env}
        if self.facts:
            env |= {"OPENCLAW_GATEWAY_URL": self.facts["ws_url"], "OPENCLAW_GATEWAY_TOKEN": self.token}
        return subprocess.run(
            [sys.executable, "-m", "openclaw.cli.main", *arguments],
            env=env, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip

    def forget_failures(self) -> None:
        """Let nothing rest: a model that failed in one test would be left alone in the next."""
        with contextlib.closing(sqlite3.connect(self.home / "openclaw.db", timeout=10)) as database, database:
            database.execute("DELETE FROM model_rests")
        (listening,) = (self.home / "redis").glob("*.sock")
        with redis.Redis(unix_socket_path=str(listening)) as connection:
            connection.delete(REST_KEY)

    def client(self, **options: Any) -> Client:
        return Client(self.facts["ws_url"], self.token, **options)


@contextlib.contextmanager
def running_stack(config: str = "", *arguments: str, **environment: str) -> Iterator[Stack]:
    """A stack for the length of a ``with``; its folder is short enough for Unix sockets."""
    folder = Path(tempfile.mkdtemp(prefix="oc-"))
    stack = Stack(folder, config, arguments, environment)
    try:
        if "OPENCLAW_DATABASE_URL" not in environment and "[database]" not in config:
            stack.home.mkdir(mode=0o700)
            open_file(stack.home / "openclaw.db").close()  # sooner than the migrations would make it
        yield stack.start()
    finally:
        try:
            stack.stop()
        finally:
            shutil.rmtree(folder, ignore_errors=True)


class CallError(Exception):
    """The gateway answered with an error."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(f"{error.get('code')}: {error.get('message')}")
        self.error = error


class Client:
    """One WebSocket connection as an operator; events are kept in order."""

    def __init__(self, ws_url: str, token: str, *, caps: tuple[str, ...] = (), timeout: float = 30) -> None:
        self.timeout = timeout
        self.ws = open_websocket(ws_url, timeout)
        self._socket = self.ws.sock
        self.events: list[dict[str, Any]] = []
        self._results: dict[str, list[dict[str, Any]]] = {}
        self._changed = threading.Condition()
        self.closed: str | None = None
        try:
            challenge = json.loads(self.ws.recv())
        except BaseException:
            self.ws.shutdown()
            raise
        assert challenge["event"] == "connect.challenge"
        self.ws.settimeout(None)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.hello = self.call(
                "connect",
                minProtocol=4,
                maxProtocol=4,
                client={"id": "gateway-client", "version": "1.0.0", "platform": "linux", "mode": "backend"},
                caps=list(caps),
                role="operator",
                scopes=SCOPES,
                auth={"token": token},
            )
        except BaseException:
            self.close()
            raise

    def _read(self) -> None:
        try:
            while text := self.ws.recv():
                frame = json.loads(text)
                with self._changed:
                    if frame["type"] == "res":
                        self._results.setdefault(frame["id"], []).append(frame)
                    else:
                        self.events.append(frame)
                    self._changed.notify_all()
        except (websocket.WebSocketException, OSError, ValueError) as error:  # the last: closed while it was waiting
            self._close(str(error))
        else:
            self._close("closed")

    def _close(self, why: str) -> None:
        with self._changed:
            self.closed = why
            self._changed.notify_all()

    def send(self, method: str, **params: Any) -> str:
        request_id = str(uuid.uuid4())
        self.ws.send(json.dumps({"type": "req", "id": request_id, "method": method, "params": params}))
        return request_id

    def result(self, request_id: str, nth: int = 1, timeout: float | None = None) -> Any:
        """The nth response to a request; raises CallError for an error and ConnectionError when the socket ended."""
        with self._changed:
            done = self._changed.wait_for(
                lambda: len(self._results.get(request_id, [])) >= nth or self.closed is not None,
                timeout or self.timeout,
            )
            found = self._results.get(request_id, [])
            if len(found) >= nth:
                frame = found[nth - 1]
                if frame["ok"]:
                    return frame.get("payload") or {}
                raise CallError(frame["error"])
            if self.closed is not None:
                raise ConnectionError(self.closed)
            assert done, "no response in time"
            raise AssertionError

    def call(self, method: str, **params: Any) -> Any:
        return self.result(self.send(method, **params))

    def wait_event(
        self, matches: Callable[[dict[str, Any]], bool], timeout: float | None = None, start: int = 0
    ) -> dict[str, Any]:
        """The first event that matches, from the ``start``-th on."""

        def find() -> dict[str, Any] | None:
            return next((e for e in self.events[start:] if matches(e)), None)

        with self._changed:
            self._changed.wait_for(lambda: find() is not None or self.closed is not None, timeout or self.timeout)
            event = find()
        assert event is not None, f"no such event; closed={self.closed}; last={self.events[-3:]}"
        return event

    def final(self, run_id: str, timeout: float | None = None) -> dict[str, Any]:
        """The terminal chat event of a run."""
        return self.wait_event(
            lambda e: (
                e["event"] == "chat"
                and e["payload"]["runId"] == run_id
                and e["payload"]["state"] in {"final", "error", "aborted"}
            ),
            timeout,
        )["payload"]

    def say(self, text: str, session: str = "agent:main:main", **params: Any) -> str:
        """``chat.send``; the run id."""
        key = params.pop("idempotencyKey", str(uuid.uuid4()))
        return str(self.call("chat.send", sessionKey=session, message=text, idempotencyKey=key, **params)["runId"])

    def close(self) -> None:
        self.ws.close()
        self._reader.join(5)
        # A connection that the other side ended is left open by ``close`` and ``shutdown``.
        self._socket.close()


def text_of(final: dict[str, Any]) -> str:
    """The text of a terminal chat event."""
    return "".join(part.get("text", "") for part in final.get("message", {}).get("content", []))

"""The test's end of ``child``: an imsg with a database of its own, as strict as the real one.

After imsg's JSON-RPC reference (``docs/rpc.md``): each method takes the keys it documents, of their types, and no other;
a watch begins behind ``since_rowid``, or at the end.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import sys
import threading
from collections import deque
from pathlib import Path
from typing import Any, Self

ADA, GROUP_CHAT, DIRECT_CHAT = "+491701234567", 42, 7
_SECONDS = 20.0
_KEYS: dict[str, dict[str, type]] = {
    "status": {},
    "chats.list": {"limit": int, "unread_only": bool},
    "watch.subscribe": {"since_rowid": int, "chat_id": int, "attachments": bool, "include_reactions": bool},
    "send": {"to": str, "chat_id": int, "text": str, "file": str, "service": str, "region": str},
    "tapback": {
        "chat_id": int,
        "chat_identifier": str,
        "message_guid": str,
        "reaction": str,
        "emoji": str,
        "remove": bool,
    },
    "typing": {"to": str, "chat_id": int, "typing": bool, "service": str},
}


def message(text: str = "Hello", **fields: Any) -> dict[str, Any]:
    """A row of somebody else's, but for its number."""
    plain = {
        "chat_id": DIRECT_CHAT,
        "chat_identifier": ADA,
        "chat_guid": f"iMessage;-;{ADA}",
        "chat_name": "",
        "participants": [ADA],
        "is_group": False,
        "sender": ADA,
        "sender_name": "Ada",
        "is_from_me": False,
        "text": text,
        "created_at": "2026-05-28T20:43:00.250Z",
        "attachments": [],
        "reactions": [],
    }
    return plain | fields


def in_group(text: str = "Hello", **fields: Any) -> dict[str, Any]:
    facts = {"chat_id": GROUP_CHAT, "chat_identifier": "chat99", "chat_guid": "iMessage;+;chat99"}
    return message(text, **facts | {"chat_name": "Friends", "is_group": True} | fields)


def attachment(path: Path | str, **fields: Any) -> dict[str, Any]:
    facts = {"filename": str(path), "transfer_name": "cat.jpg", "uti": "public.jpeg", "mime_type": "image/jpeg"}
    return facts | {"total_bytes": 3, "is_sticker": False, "original_path": str(path), "missing": False} | fields


class PlayedImsg:
    """An imsg whose words are the test's. A context manager; ``program`` goes into the account's section."""

    def __init__(self, folder: Path) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._changed = threading.Condition()
        self._link: socket.socket | None = None
        self._subscribed = False
        self._rows: list[dict[str, Any]] = []
        #: What started it each time, and every request.
        self.starts: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []
        #: Errors of the next requests, by method; ``None`` for no answer, with the process's end.
        self.failing: dict[str, deque[dict[str, Any] | None]] = {}
        #: Methods that are never answered.
        self.silent: set[str] = set()
        self.old = False
        self.bridge = True
        self.features = {"tapback.emoji": 2}
        self.program = _script(folder / "imsg", f'exec {_CHILD} {self._listener.getsockname()[1]} "$@"')
        self._thread = threading.Thread(target=self._serve, name="played-imsg", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(_SECONDS)

    def fail(self, method: str, error: dict[str, Any] | None) -> None:
        self.failing.setdefault(method, deque()).append(error)

    def add(self, row: dict[str, Any]) -> dict[str, Any]:
        """A new row of the database; whoever watches is told."""
        with self._changed:
            number = len(self._rows) + 1
            self._rows.append({"id": number, "guid": f"GUID-{number}", "cursor": number} | row)
            if self._subscribed:
                self._tell(self._rows[-1])
            return self._rows[-1]

    def write(self, data: bytes) -> None:
        """Any bytes on its stdout, once somebody watches."""
        self.wait_for(lambda: self._subscribed)
        assert self._link is not None
        self._link.sendall(data)

    def notify(self, method: str, **params: Any) -> None:
        self.write(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}).encode() + b"\n")

    def kill(self) -> None:
        """End the process as a crash would."""
        self._subscribed = False
        os.kill(self.starts[-1]["pid"], signal.SIGKILL)

    def wait_for(self, condition: Any) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, _SECONDS), (self.starts, self.requests)

    def requests_of(self, method: str) -> list[dict[str, Any]]:
        with self._changed:
            return [each["params"] for each in self.requests if each["method"] == method]

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self._listener.accept()
            except OSError:
                return
            with link, link.makefile("rb") as lines:
                start = json.loads(lines.readline())
                with self._changed:
                    self._link, self._subscribed = link, False
                    self.starts.append(start)
                    self._changed.notify_all()
                try:
                    for line in lines:
                        self._take(json.loads(line))
                except OSError:
                    continue

    def _take(self, request: dict[str, Any]) -> None:
        method, params = request["method"], request["params"]
        assert request["jsonrpc"] == "2.0"
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
            if method in self.silent:
                return
            waiting = self.failing.get(method)
            dies = bool(waiting) and waiting[0] is None
            error = waiting.popleft() if waiting else _problem(method, params, old=self.old)
            if dies:
                self._do(method, params)
                os.kill(self.starts[-1]["pid"], signal.SIGKILL)
                return
            answer = {"error": error} if error else {"result": self._do(method, params)}
            self._say({"jsonrpc": "2.0", "id": request["id"]} | answer)
            if method == "watch.subscribe" and not error:
                since = params.get("since_rowid", 0) or len(self._rows)
                self._subscribed = True
                for row in self._rows[max(since, 0) :]:
                    self._tell(row)
            self._changed.notify_all()

    def _do(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        if method == "status":
            facts = {"bridge": {"ready": self.bridge}, "capabilities": {"features": self.features}}
            return {"version": "0.15.10", "protocol_version": 1, "database": {"ready": True}} | facts
        if method == "watch.subscribe":
            return {"subscription": 1, "buffer_limit": 256}
        if method != "send":
            return {"ok": True}
        file = params.get("file")
        mode = stat.S_IMODE(Path(file).stat().st_mode) if file else 0
        self.sent.append(params | ({"content": Path(file).read_bytes(), "mode": mode} if file else {}))
        return {"ok": True, "transport": "applescript", "guid": f"SENT-{len(self.sent)}", "id": 9000 + len(self.sent)}

    def _tell(self, row: dict[str, Any]) -> None:
        self._say({"jsonrpc": "2.0", "method": "message", "params": {"subscription": 1, "message": row}})

    def _say(self, fields: dict[str, Any]) -> None:
        assert self._link is not None
        self._link.sendall(json.dumps(fields, ensure_ascii=False).encode() + b"\n")


_CHILD = f"{sys.executable} {Path(__file__).with_name('child.py')}"


def fake_ssh(folder: Path) -> Path:
    """An ssh whose host is this one: it gives what is behind the host to a shell, as sshd does."""
    skip = 'while [ "${1#-}" != "$1" ]; do case "$1" in -o|-i|-p) shift 2;; *) shift;; esac; done; shift'
    return _script(folder / "ssh", f'{skip}; exec /bin/sh -c "$*"')


def _script(path: Path, line: str) -> Path:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o700)
    return path


def _problem(method: str, params: dict[str, Any], *, old: bool) -> dict[str, Any] | None:
    if method not in _KEYS or (old and method == "status"):
        return {"code": -32601, "message": "Method not found", "data": method}
    wrong = [key for key, value in params.items() if type(value) is not _KEYS[method].get(key)]
    if method in ("send", "typing") and ("to" in params) == ("chat_id" in params):
        wrong.append("exactly one of to and chat_id")
    if method == "send" and not (params.get("text") or params.get("file")):
        wrong.append("text or file is required")
    return {"code": -32602, "message": "Invalid params", "data": ", ".join(wrong)} if wrong else None

"""The test's end of ``child``: it reads requests, answers them, and tells of events."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

ME = {"jid": "15550001111:7@s.whatsapp.net", "lid": "99887766:7@lid", "name": "Our Phone"}
PERSON = "16505551234@s.whatsapp.net"
GROUP = "120363040469423382@g.us"
_SECONDS = 20.0


class PlayedLink:
    """A link process whose words are the test's. A context manager; ``command`` goes into the account's section."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._changed = threading.Condition()
        self._socket: socket.socket | None = None
        self.starts: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        #: What each request is answered with: fields, or ``None`` for no answer.
        self.answer: Callable[[dict[str, Any]], dict[str, Any] | None] = self._take
        self._thread = threading.Thread(target=self._serve, name="played-link", daemon=True)

    @property
    def command(self) -> list[str]:
        return [sys.executable, str(Path(__file__).with_name("child.py")), str(self._listener.getsockname()[1])]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(_SECONDS)

    def tell(self, **event: Any) -> None:
        """Say something to the account, once its process runs."""
        self.wait_for(lambda: self._socket)
        assert self._socket is not None
        self._socket.sendall(json.dumps(event).encode() + b"\n")

    def connected(self) -> None:
        self.tell(event="connected", **ME)

    def message(self, number: int = 1, **fields: Any) -> None:
        self.tell(**message(number, **fields))

    def wait_for(self, condition: Callable[[], object]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, _SECONDS), (self.starts, self.requests)

    def _take(self, request: dict[str, Any]) -> dict[str, Any] | None:
        return {"ok": {"message_id": f"3EB0{request['id']:04}"}}

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._changed:
                self._socket = connection
                self._changed.notify_all()
            with connection, connection.makefile("rb") as lines:
                try:
                    for line in lines:
                        self._read(json.loads(line))
                except OSError:
                    continue

    def _read(self, fields: dict[str, Any]) -> None:
        with self._changed:
            (self.starts if fields["op"] == "start" else self.requests).append(fields)
            self._changed.notify_all()
        if fields["op"] != "start" and (answer := self.answer(fields)) is not None:
            self.tell(id=fields["id"], **answer)


def message(number: int = 1, **fields: Any) -> dict[str, Any]:
    """A message as the link process tells of it."""
    return {
        "event": "message",
        "id": f"3A{number:04}",
        "chat": PERSON,
        "group": False,
        "sender": "55443322@lid",
        "sender_phone": PERSON,
        "name": "Ann",
        "timestamp": 1_767_225_600,
        "kind": "message",
        "text": "Hello",
    } | fields

"""Somebody else on an IRC server: a plain socket that says what a test says and keeps what it hears."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Self


class Person:
    """A client that is not ours. ``lines`` is what the server has sent, without ends of lines."""

    def __init__(self, port: int, nick: str, *, caps: str = "") -> None:
        self.nick = nick
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._socket = socket.create_connection(("127.0.0.1", port), 10)
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._read, name=f"irc-{nick}", daemon=True)
        self._thread.start()
        if caps:
            self.write(f"CAP REQ :{caps}", "CAP END")
        self.write(f"NICK {nick}", f"USER {nick.lower()} 0 * :A person")
        self.hears(" 376 ", " 422 ")

    def write(self, *lines: str) -> None:
        self._socket.sendall("".join(line + "\r\n" for line in lines).encode("utf-8", "surrogatepass"))

    def join(self, room: str) -> None:
        self.write(f"JOIN {room}")
        self.hears(f" 366 {self.nick} {room} ")

    def says(self, target: str, text: str) -> None:
        self.write(f"PRIVMSG {target} :{text}")

    def hears(self, *parts: str, seconds: float = 20.0) -> str:
        """The first line with one of these parts; waits for it."""

        def found() -> str:
            return next((line for line in self.lines if any(part in line for part in parts)), "")

        with self._changed:
            arrived = self._changed.wait_for(found, seconds)
        assert arrived, f"{self.nick} heard none of {parts}, but {self.lines[-20:]}"
        return arrived

    def texts(self, sender: str) -> list[str]:
        """What somebody has said, as it arrived."""
        said = []
        for line in self.lines:
            prefix, _, rest = line.partition(" PRIVMSG ")
            if rest and prefix.lstrip("@").rpartition(":")[2].startswith(f"{sender}!"):
                said.append(rest.partition(" :")[2])
        return said

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # the server may have ended it
            self.write("QUIT")
        self._thread.join(5)
        self._socket.close()

    def _read(self) -> None:
        with suppress(OSError), self._socket.makefile("rb") as stream:
            for raw in stream:
                line = raw.rstrip(b"\r\n").decode("utf-8", "replace")
                if line.startswith("PING "):
                    self.write("PONG " + line.removeprefix("PING "))
                with self._changed:
                    self.lines.append(line)
                    self._changed.notify_all()

"""Who we are on a server and how it counts: what its lines say of it. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass

from openclaw.channels.irc.limits import HOST_BYTES, MAX_LINE_BYTES, USER_BYTES
from openclaw.channels.irc.line import Line, fold

_MASK = re.compile(r"(?P<nick>[^!\s]+)!(?P<user>[^@\s]+)@(?P<host>\S+)")


@dataclass(slots=True)
class Identity:
    """Changes as lines arrive; written by the reading thread only."""

    nick: str
    #: As others see them; empty until a line of ours has shown them.
    user: str = ""
    host: str = ""
    casemapping: str = "rfc1459"
    room_marks: str = "#&"
    status_marks: str = ""

    def is_me(self, nick: str) -> bool:
        """Whether a nick is ours."""
        return self.fold(nick) == self.fold(self.nick)

    def is_room(self, name: str) -> bool:
        """Whether a name is a room's, not a person's."""
        return name[:1] != "" and name[0] in self.room_marks

    def fold(self, name: str) -> str:
        """A name as the server compares it."""
        return fold(name, self.casemapping)

    def room_for(self, target: str) -> int:
        """How many bytes of text fit into a message, so that those who get it with our name in front get all."""
        user, host = len(self.user) or USER_BYTES, len(self.host) or HOST_BYTES
        frame = len(f":{self.nick}!@ PRIVMSG {target} :\r\n".encode()) + user + host
        return MAX_LINE_BYTES - frame

    def learn(self, line: Line) -> None:
        """Take in what a line says of us or of the server."""
        mine = bool(line.prefix) and self.is_me(line.nick)
        match line.command:
            case "001" if line.param(0):
                self.nick = line.param(0)
                self._see(line.last.rpartition(" ")[2])
            case "005":
                for word in line.params[1:-1]:
                    self._support(*word.partition("=")[::2])
            case "396" if line.param(1):
                self.host = line.param(1).rpartition("@")[2]
            case "NICK" if mine and line.param(0):
                self.nick = line.param(0)
            case "CHGHOST" if mine:
                self.user, self.host = line.param(0), line.param(1)
            case "JOIN" if mine:
                self._see(line.prefix)

    def _see(self, mask: str) -> None:
        found = _MASK.fullmatch(mask)
        if found and self.is_me(found["nick"]):
            self.user, self.host = found["user"], found["host"]

    def _support(self, name: str, value: str) -> None:
        match name.upper():
            case "CASEMAPPING":
                self.casemapping = value.lower()
            case "CHANTYPES":
                self.room_marks = value
            case "STATUSMSG":
                self.status_marks = value

"""A small IRC server for what the real ones do not do when told to: SASL, accounts, refusals, silence.

RFC 2812, https://ircv3.net/specs/extensions/capability-negotiation and sasl-3.1. It takes one message as everything
that came before a PING, as that is what confirms it, and refuses lines that are too long.
"""

from __future__ import annotations

import socket
import socketserver
import ssl
import tempfile
import threading
from base64 import b64decode
from collections import deque
from contextlib import suppress
from typing import Any, Literal, Self

from tests.certificates import SelfSigned

Fault = Literal["refuse", "wait", "swallow", "cut", "hang"]


class IrcServer:
    """Listens on 127.0.0.1; a context manager."""

    def __init__(
        self,
        *,
        caps: str = "message-tags server-time account-tag sasl=PLAIN,EXTERNAL",
        accounts: dict[str, str] | None = None,
        taken_nicks: tuple[str, ...] = (),
        tls: tuple[SelfSigned, bytes] | None = None,
    ) -> None:
        """``tls`` is the server's certificate, and the one that a client must show."""
        self.caps = caps
        self.accounts = accounts or {}
        self.taken_nicks = set(taken_nicks)
        #: Texts by message, with their target: the lines of one joined.
        self.messages: list[tuple[str, str]] = []
        self.received: list[str] = []
        self.joined: list[str] = []
        self.refused_joins: deque[str] = deque()
        self.logins: list[str] = []
        self.wait_seconds = 1
        self._faults: deque[Fault] = deque()
        self._sessions: list[Any] = []
        self._changed = threading.Condition()
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _handler(self))
        if tls:
            self._server.socket = _over_tls(self._server.socket, *tls)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="irc", daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def fail(self, fault: Fault) -> None:
        """Let the next message meet this."""
        self._faults.append(fault)

    def post(self, line: str) -> None:
        """Send everybody a line."""
        for session in list(self._sessions):
            session.put(line)

    def wait_for_line(self, part: str, times: int = 1) -> str:
        """Until this many lines with this part have come; the last of them."""

        def found() -> list[str]:
            return [line for line in self.received if part in line]

        with self._changed:
            arrived = self._changed.wait_for(lambda: len(found()) >= times, 20)
        assert arrived, f"no {part!r} among {self.received}"
        return found()[-1]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop listening and break every connection."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(5)
        self._server.server_close()
        for session in list(self._sessions):
            session.cut()

    # --- for the handler ----------------------------------------------------------------------------------------

    def note(self, line: str) -> None:
        with self._changed:
            self.received.append(line)
            self._changed.notify_all()

    def next_fault(self) -> Fault | None:
        return self._faults.popleft() if self._faults else None


def _over_tls(listener: socket.socket, own: SelfSigned, client: bytes) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        file.write(own.certificate + own.key)
        file.flush()
        context.load_cert_chain(file.name)
    context.load_verify_locations(cadata=client.decode())
    context.verify_mode = ssl.CERT_REQUIRED
    return context.wrap_socket(listener, server_side=True)


def _handler(server: IrcServer) -> type[socketserver.StreamRequestHandler]:
    class Session(socketserver.StreamRequestHandler):
        def setup(self) -> None:
            super().setup()
            self.nick, self.user, self.negotiating, self.welcomed = "", "", False, False
            self.account, self.sasl, self.pieces = "", "", ""
            self.pending: list[tuple[str, str]] = []
            self.fault: Fault | None = None
            server._sessions.append(self)

        def handle(self) -> None:
            with suppress(OSError):
                for raw in self.rfile:
                    line = raw.rstrip(b"\r\n").decode()
                    assert raw.endswith(b"\r\n"), "a line must end with CR LF"
                    server.note(line)
                    if self._take(line, len(raw)) is False:
                        return

        def finish(self) -> None:
            server._sessions.remove(self)
            with suppress(OSError):
                super().finish()

        def put(self, line: str) -> None:
            with suppress(OSError):
                self.wfile.write((line + "\r\n").encode())

        def cut(self) -> None:
            with suppress(OSError):
                self.connection.shutdown(2)

        def _number(self, number: str, *params: str) -> None:
            *middle, last = params
            self.put(" ".join([f":irc.test {number} {self.nick or '*'}", *middle, f":{last}"]))

        def _take(self, line: str, size: int) -> bool | None:
            command, _, rest = line.partition(" ")
            match command:
                case "CAP":
                    self._cap(rest)
                case "AUTHENTICATE":
                    self._authenticate(rest)
                case "NICK":
                    nick = rest.lstrip(":")
                    if nick in server.taken_nicks:
                        self._number("433", nick, "Nickname is already in use")
                    else:
                        if self.welcomed:
                            self.put(f":{self.nick}!u@host.test NICK :{nick}")
                        self.nick = nick
                case "USER":
                    self.user = rest.partition(" ")[0]
                case "JOIN":
                    for room in rest.split()[0].split(","):
                        self._join(room)
                case "PRIVMSG":
                    return self._message(rest, size)
                case "PING":
                    return self._ping(rest.lstrip(":"))
                case "QUIT":
                    self.put("ERROR :Closing link")
                    return False
            if self.nick and self.user and not self.negotiating and not self.welcomed:
                self.welcomed = True
                self._number("001", f"Welcome {self.nick}!u@host.test")
                self._number("005", "CASEMAPPING=rfc1459", "CHANTYPES=#", "STATUSMSG=@+", "are supported")
                self._number("422", "No message of the day")
            return None

        def _cap(self, rest: str) -> None:
            word, _, asked = rest.partition(" ")
            self.negotiating = word != "END"
            if word == "LS":
                first, *others = server.caps.split() or [""]
                if others:
                    self.put(f":irc.test CAP * LS * :{first}")
                self.put(f":irc.test CAP * LS :{' '.join(others) or first}")
            elif word == "REQ":
                known = {cap.partition("=")[0] for cap in server.caps.split()}
                answer = "ACK" if set(asked.lstrip(":").split()) <= known else "NAK"
                self.put(f":irc.test CAP * {answer} :{asked.lstrip(':')}")

        def _authenticate(self, said: str) -> None:
            if not self.sasl:
                self.sasl = said
                self.put("AUTHENTICATE +")
                return
            self.pieces += "" if said == "+" else said
            if len(said) == 400:
                return
            parts = b64decode(self.pieces).decode().split("\0")
            if self.sasl == "EXTERNAL" and self.pieces == "":
                self.account = "by-certificate"
            elif len(parts) == 3 and server.accounts.get(parts[1]) == parts[2]:
                self.account = parts[1]
            self.sasl = self.pieces = ""
            if self.account:
                server.logins.append(self.account)
                self._number("900", f"{self.nick}!u@host.test", self.account, "You are now logged in")
                self._number("903", "SASL authentication successful")
            else:
                self._number("904", "SASL authentication failed")

        def _join(self, room: str) -> None:
            if server.refused_joins:
                self._number(server.refused_joins.popleft(), room, "Cannot join channel")
                return
            server.joined.append(room)
            self.put(f":{self.nick}!u@host.test JOIN {room}")
            self._number("366", room, "End of NAMES")

        def _message(self, rest: str, size: int) -> bool | None:
            target, _, text = rest.partition(" :")
            assert size + len(f":{self.nick}!u@host.test ") <= 512, "too long for those who get it"
            if not self.pending:
                self.fault = server.next_fault()
            match self.fault:
                case "refuse":
                    self._number("404", target, "Cannot send to channel")
                case "wait":
                    wait = f"Target change too fast. Please wait {server.wait_seconds} seconds"
                    self._number("439", target, wait)
                case "cut":
                    self.cut()
                    return False
                case _:
                    self.pending.append((target, text))
            return None

        def _ping(self, token: str) -> bool | None:
            if self.pending:
                server.messages.append((self.pending[0][0], "\n".join(text for _, text in self.pending)))
                self.pending = []
            if self.fault == "swallow":
                self.cut()
                return False
            if self.fault != "hang":
                self.put(f":irc.test PONG irc.test :{token}")
            self.fault = None
            return None

    return Session

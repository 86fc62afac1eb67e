"""From a fresh connection to a welcome: capabilities, SASL, a nick that is free. No I/O.

After RFC 2812, 3.1, https://ircv3.net/specs/extensions/capability-negotiation and
https://ircv3.net/specs/extensions/sasl-3.1.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator

from openclaw.channels.irc.config import IrcConfig
from openclaw.channels.irc.limits import SASL_CHUNK_BYTES, WANTED
from openclaw.channels.irc.line import Line, format_line
from openclaw.errors import ChannelError, ChannelRejected, ChannelUnreachable

_NICK_TAKEN = frozenset({"433", "436", "437"})
#: 902 locked, 904 failed, 905 too long, 906 aborted, 908 what else it knows. 907, already logged in, is none.
_SASL_FAILED = frozenset({"902", "904", "905", "906", "908"})
#: What makes trying again useless: a wrong password, a ban, a nick or a user name the server does not take.
_REFUSED = frozenset({"432", "463", "464", "465", "468"})

#: Some servers, ngIRCd for one, say so in the last line only.
_REFUSED_WORDS = re.compile(r"password|banned|[gkz]-?lined", re.IGNORECASE)


class Registration:
    """Feed it every line until ``welcomed``; what it gives is to be sent."""

    def __init__(self, config: IrcConfig) -> None:
        self._config = config
        self._offered: dict[str, str] = {}
        self._nicks = iter(config.nicks())
        self._logged_in = False
        self.nick = next(self._nicks)
        self.welcomed = False

    def begin(self) -> Iterator[bytes]:
        """What is said first."""
        config = self._config
        yield format_line("CAP", "LS", "302")
        if config.server_password:
            yield format_line("PASS", config.server_password.reveal())
        yield format_line("NICK", self.nick)
        yield format_line("USER", config.username or "openclaw", "0", "*", config.realname)

    def answer(self, line: Line) -> Iterator[bytes]:
        """What a line calls for. Raises ChannelRejected, or ChannelUnreachable for what may be better later."""
        match line.command:
            case "CAP":
                yield from self._capabilities(line)
            case "AUTHENTICATE":
                yield from self._authenticate()
            case "903" | "907":
                self._logged_in = True
                yield format_line("CAP", "END")
            case "001":
                self._welcome()
            case "ERROR":
                kind = ChannelRejected if _REFUSED_WORDS.search(line.last) else ChannelUnreachable
                raise kind(f"irc: the server ended the connection: {line.last}")
            case command if command in _SASL_FAILED:
                raise ChannelRejected(f"irc: the login was refused: {line.last}")
            case command if command in _REFUSED:
                raise ChannelRejected(f"irc: the server refuses us: {command} {' '.join(line.params[1:])}")
            case command if command in _NICK_TAKEN:
                yield format_line("NICK", self._next_nick())

    def _capabilities(self, line: Line) -> Iterator[bytes]:
        match line.param(1).upper():
            case "LS":
                for offer in line.last.split():
                    name, _, value = offer.partition("=")
                    self._offered[name] = value
                if line.param(2) != "*":
                    yield from self._request()
            case "ACK" if self._wants_sasl and "sasl" in line.last.split():
                yield format_line("AUTHENTICATE", self._config.sasl.upper())
            case "ACK":
                yield format_line("CAP", "END")
            case "NAK" if self._wants_sasl:
                raise self._no_sasl()
            case "NAK":
                yield format_line("CAP", "END")

    def _request(self) -> Iterator[bytes]:
        asked = [name for name in WANTED if name in self._offered]
        if self._wants_sasl:
            mechanisms = self._offered.get("sasl")
            # Before version 302 of the negotiation, a server did not say which it knows.
            if mechanisms is None or (mechanisms and self._config.sasl.upper() not in mechanisms.upper().split(",")):
                raise self._no_sasl()
            asked.append("sasl")
        yield format_line("CAP", "REQ", " ".join(asked)) if asked else format_line("CAP", "END")

    def _authenticate(self) -> Iterator[bytes]:
        """The answer to the server's ``+``, in pieces; behind a full one comes another, if only a ``+``."""
        said = b""
        if self._config.sasl == "plain" and self._config.sasl_password:
            name = self._config.sasl_account or self._config.nick
            said = f"{name}\0{name}\0{self._config.sasl_password.reveal()}".encode()
        encoded = b64encode(said).decode()
        for start in range(0, len(encoded), SASL_CHUNK_BYTES):
            yield format_line("AUTHENTICATE", encoded[start : start + SASL_CHUNK_BYTES])
        if len(encoded) % SASL_CHUNK_BYTES == 0:
            yield format_line("AUTHENTICATE", "+")

    def _welcome(self) -> None:
        if self._wants_sasl and not self._logged_in:
            raise self._no_sasl()
        self.welcomed = True

    def _next_nick(self) -> str:
        nick = next(self._nicks, None)
        if nick is None:
            raise ChannelUnreachable("irc: the nick and all its alternatives are in use")
        self.nick = nick
        return nick

    @property
    def _wants_sasl(self) -> bool:
        return self._config.sasl != "none"

    def _no_sasl(self) -> ChannelError:
        # Also while a network's services are away: without them nobody can log in.
        return ChannelUnreachable(f"irc: the server does not offer SASL {self._config.sasl.upper()} now")

"""Holding a connection: registered, in its rooms, alive; given up with a word of leave."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from secrets import token_hex

from openclaw.channels.irc.backlog import Backlog
from openclaw.channels.irc.config import IrcConfig
from openclaw.channels.irc.identity import Identity
from openclaw.channels.irc.inbound import ctcp_request, read_message
from openclaw.channels.irc.limits import DRAIN_SECONDS, QUIT_SECONDS, STORE_AGAIN_SECONDS, WELCOME_SECONDS
from openclaw.channels.irc.line import Line, NotALine, format_line
from openclaw.channels.irc.link import Link
from openclaw.channels.irc.pace import Pace
from openclaw.channels.irc.registration import Registration
from openclaw.channels.irc.rooms import Rooms
from openclaw.channels.irc.wire import LineSocket, open_socket
from openclaw.errors import ChannelUnreachable, Unavailable
from openclaw.ports.channel_connection import Inbox, Tenure

_log = logging.getLogger(__name__)

_END_OF_MOTD = frozenset({"376", "422"})
_LEAVES_A_NICK = frozenset({"NICK", "QUIT"})
_VERSION = "OpenClaw"


def hold(config: IrcConfig, account: str, inbox: Inbox, tenure: Tenure, linked: Callable[[Link | None], None]) -> None:
    """Connect and read until the tenure is over; ``linked`` hears of the link that messages may use, and of its end.

    Raises a ChannelError class, or Unavailable.
    """
    socket = open_socket(config, tenure)
    if socket is None:
        return
    tenure.on_over(socket.wake)
    connection = _Connection(config, account, inbox, socket, linked)
    try:
        connection.run(tenure)
    finally:
        connection.leave()


class _Connection:
    """What the reading thread knows of one connection."""

    def __init__(
        self,
        config: IrcConfig,
        account: str,
        inbox: Inbox,
        socket: LineSocket,
        linked: Callable[[Link | None], None],
    ) -> None:
        self._config = config
        self._account = account
        self._inbox = inbox
        self._backlog = Backlog(inbox)
        self._socket = socket
        self._linked = linked
        self._registration = Registration(config)
        self._me = Identity(self._registration.nick)
        self._rooms = Rooms(config, self._me)
        self._ready = False
        self._events = 0
        self._began_at = self._heard_at = time.monotonic()
        self._asked = False
        pace = Pace(config.burst_lines, config.lines_per_second)
        timeout = config.confirm_timeout_seconds
        self.link = Link(socket, self._me, pace, f"oc-{token_hex(6)}", confirm_timeout_seconds=timeout)

    def run(self, tenure: Tenure) -> None:
        for said in self._registration.begin():
            self.link.utter(said)
        while not tenure.over:
            self._read(self._patience())
            if not tenure.over:
                self._tend()
        self._drain()

    def _drain(self) -> None:
        """Let messages that are on their way be confirmed; others are not begun any more."""
        self._linked(None)
        self.link.wind_down()
        until = time.monotonic() + DRAIN_SECONDS
        while self.link.busy and (left := until - time.monotonic()) > 0:
            self._read(left)

    def leave(self) -> None:
        """Close the connection; what waits to be stored is tried once more."""
        self._linked(None)
        self.link.lose()
        with suppress(OSError):  # it may be gone already
            self._socket.write(format_line("QUIT", "bye"), QUIT_SECONDS)
        self._socket.close()
        with suppress(Unavailable):  # as it was before
            self._backlog.flush(time.monotonic())
        if self._backlog:
            _log.error("irc account %s: %d messages cannot be stored and are lost", self._account, len(self._backlog))

    def _read(self, seconds: float) -> None:
        heard = False
        for line in self._socket.read_lines(seconds):
            heard, self._heard_at, self._asked = True, time.monotonic(), False
            self._hear(line)
        if heard and self._ready:
            self._inbox.alive(self._me.nick)

    def _patience(self) -> float:
        now = time.monotonic()
        silence = self._heard_at + (2 if self._asked else 1) * self._config.ping_seconds
        other = now + self._rooms.next_due(now) if self._ready else self._began_at + WELCOME_SECONDS
        store = now + STORE_AGAIN_SECONDS if self._backlog else silence
        return max(0.0, min(silence, other, store) - now)

    def _tend(self) -> None:
        """What is due by the clock: rooms to join again, a server that says nothing."""
        now = time.monotonic()
        silent = now - self._heard_at
        self._backlog.flush(now)
        if self._ready:
            for line in self._rooms.joins(now):
                self.link.utter(line)
        elif now - self._began_at >= WELCOME_SECONDS:
            raise ChannelUnreachable("irc: the server does not welcome us")
        if silent >= 2 * self._config.ping_seconds:
            raise ChannelUnreachable("irc: the server says nothing any more")
        if silent >= self._config.ping_seconds and not self._asked:
            self._asked = True
            self.link.utter(format_line("PING", "alive"))
            # Whoever had our nick may have left where we could not see it.
            self._want_nick()

    def _want_nick(self) -> None:
        if self._ready and not self._me.is_me(self._config.nick):
            self.link.utter(format_line("NICK", self._config.nick))

    def _hear(self, line: Line) -> None:
        self._me.learn(line)
        if line.command == "PING":
            self.link.utter(format_line("PONG", line.last))
        elif not self._registration.welcomed:
            for answer in self._registration.answer(line):
                self.link.utter(answer)
        elif line.command == "ERROR":
            raise ChannelUnreachable(f"irc: the server ended the connection: {line.param(0)}")
        elif line.command == "PRIVMSG":
            self._message(line)
        else:
            self._rooms.hear(line, time.monotonic())
            self.link.hear(line)
            if line.command in _LEAVES_A_NICK and self._me.fold(line.nick) == self._me.fold(self._config.nick):
                self._want_nick()
        if line.command in _END_OF_MOTD and self._registration.welcomed and not self._ready:
            self._welcome()

    def _welcome(self) -> None:
        self._ready = True
        password = self._config.nickserv_password
        if password and self._config.sasl == "none":
            said = f"IDENTIFY {self._config.nick} {password.reveal()}"
            self.link.utter(format_line("PRIVMSG", self._config.nickserv_nick, said))
        self._linked(self.link)

    def _message(self, line: Line) -> None:
        request = ctcp_request(line)
        if request is not None:
            self._answer_ctcp(line.nick, *request)
            return
        self._events += 1
        envelope = read_message(line, self._me, self._account, f"{self.link.nonce}:{self._events}")
        if envelope is not None:
            self._backlog.store(envelope, time.monotonic())

    def _answer_ctcp(self, nick: str, word: str, argument: str) -> None:
        """In a NOTICE, which nobody answers; a flood of questions is left unanswered."""
        answers = {
            "VERSION": f"VERSION {_VERSION}",
            "PING": f"PING {argument}",
            "CLIENTINFO": "CLIENTINFO ACTION PING VERSION",
        }
        if word in answers and nick and not self._me.is_me(nick):
            try:
                self.link.mutter(format_line("NOTICE", nick, f"\x01{answers[word]}\x01"))
            except NotALine:
                _log.debug("irc account %s: a CTCP request of %r cannot be answered", self._account, nick)

"""One welcomed connection as those who send see it: paced lines, and a confirmation behind each message.

IRC confirms nothing. But a server works off a client's lines in order, so the answer to a PING that was sent behind a
message says that the message was taken, and every complaint about it has arrived before.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Sequence

from openclaw.channels.irc.identity import Identity
from openclaw.channels.irc.line import Line, format_line
from openclaw.channels.irc.pace import Pace
from openclaw.channels.irc.refusals import concerns, refusal
from openclaw.channels.irc.wire import LineSocket
from openclaw.errors import ChannelError, ChannelOutcomeUnknown, ChannelUnreachable


class _Message:
    """A message on its way, by the token of its PING."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.error: ChannelError | None = None
        self.written = 0
        #: Confirmed, refused, or lost with the connection.
        self.settled = threading.Event()

    def fail(self, error: ChannelError) -> None:
        """Settle it so, unless it is settled."""
        if not self.settled.is_set():
            self.error = error
            self.settled.set()


class Link:
    """Thread-safe. ``hear`` is called by the reading thread and never blocks."""

    def __init__(
        self, socket: LineSocket, me: Identity, pace: Pace, nonce: str, *, confirm_timeout_seconds: float
    ) -> None:
        self.me = me
        self.nonce = nonce
        self._socket = socket
        self._pace = pace
        self._timeout = confirm_timeout_seconds
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._messages: dict[str, _Message] = {}
        self._leaving = threading.Event()

    def say(self, target: str, lines: Sequence[str]) -> str:
        """Send the lines of one message; the id we give it.

        Raises the server's refusal, ChannelUnreachable when nothing has left, ChannelOutcomeUnknown when the
        connection broke behind the first line or no confirmation came.
        """
        token = f"{self.nonce}-{next(self._numbers)}"
        message = _Message(target)
        with self._lock:
            self._messages[token] = message
        try:
            for line in (*(format_line("PRIVMSG", target, text) for text in lines), format_line("PING", token)):
                self._write(line, message)
            if not message.settled.wait(self._timeout):
                raise ChannelOutcomeUnknown("irc: the server has not confirmed the message")
        finally:
            with self._lock:
                self._messages.pop(token, None)
        if message.error is not None:
            raise message.error
        return token

    def hear(self, line: Line) -> None:
        """Take in a confirmation or a complaint."""
        if line.command == "PONG":
            with self._lock:
                message = self._messages.get(line.last)
            if message is not None:
                message.settled.set()
            return
        error = refusal(line)
        if error is None:
            return
        with self._lock:
            about = next((each for each in self._messages.values() if concerns(line, each.target)), None)
        if about is not None:
            about.fail(error)

    @property
    def busy(self) -> bool:
        """Whether a message is on its way."""
        with self._lock:
            return not all(message.settled.is_set() for message in self._messages.values())

    def wind_down(self) -> None:
        """Begin no message any more: what has not begun is told so."""
        self._leaving.set()
        with self._lock:
            messages = [message for message in self._messages.values() if not message.written]
        for message in messages:
            message.fail(_lost(message))

    def lose(self) -> None:
        """The connection is gone: nobody waits for it any more."""
        self._leaving.set()
        with self._lock:
            messages = list(self._messages.values())
        for message in messages:
            message.fail(_lost(message))

    def mutter(self, line: bytes) -> None:
        """Send something that may as well be left out: not when it would have to wait."""
        if self._pace.take_now(len(line)):
            self.utter(line)

    def utter(self, line: bytes) -> None:
        """Send at once, whatever the pace. Raises ChannelUnreachable."""
        try:
            self._socket.write(line)
        except OSError as error:
            raise ChannelUnreachable(f"irc: the connection broke: {error}") from error

    def _write(self, line: bytes, message: _Message) -> None:
        """Send a line when its time has come, unless the message is settled by then."""
        due = time.monotonic() + self._pace.take(len(line))
        while (left := due - time.monotonic()) > 0:
            if message.settled.wait(left):
                break
        if self._leaving.is_set() and not message.written:
            message.fail(_lost(message))
        if message.error is not None:
            raise message.error
        message.written += 1
        try:
            self._socket.write(line)
        except OSError as error:
            # A part of the line may have left.
            raise ChannelOutcomeUnknown(f"irc: the connection broke while the message was sent: {error}") from error


def _lost(message: _Message) -> ChannelError:
    if message.written:
        return ChannelOutcomeUnknown("irc: the connection broke before the message was confirmed")
    return ChannelUnreachable("irc: the connection broke before anything was sent")

"""Socket Mode: events over WebSockets that Slack replaces every few hours.

After https://docs.slack.dev/apis/events-api/using-socket-mode. Slack hands each event to one of an app's connections,
so an account has one, and a second one only while the first is being replaced. What is not acknowledged comes again.

One thread holds the connection: it takes what there is to do from a queue. Sockets are read, and opened, by threads of
their own, so that neither an event nor the end of the tenure waits for Slack.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from openclaw.channel_kit.shapes import Malformed, json_object, maybe_obj, text
from openclaw.channels.slack.client import SlackClient
from openclaw.channels.slack.limits import CONNECT_TIMEOUT_SECONDS, PING_SECONDS, RETIRING_SECONDS
from openclaw.channels.slack.web_socket import SlackSocket
from openclaw.domain.envelope import InboundEnvelope
from openclaw.errors import ChannelError, ChannelRejected, ChannelUnreachable, Unavailable
from openclaw.ports.channel_connection import Inbox, Tenure

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SocketModeParts:
    """What a connection of one account is made of."""

    account_id: str
    client: SlackClient
    #: Reads one payload by its envelope's type. Raises Malformed.
    read: Callable[[str, dict[str, Any]], Sequence[InboundEnvelope]]
    #: Asks Slack who the bot is, by name. Raises a ChannelError class.
    who: Callable[[], str]
    ping_seconds: float = PING_SECONDS
    #: How long a connection that is being replaced is read at the longest.
    retiring_seconds: float = RETIRING_SECONDS


class SocketMode:
    """One time of holding the connection; ``hold`` is called once."""

    def __init__(self, parts: SocketModeParts, inbox: Inbox, tenure: Tenure) -> None:
        self._parts = parts
        self._account_id = parts.account_id
        self._inbox = inbox
        self._tenure = tenure
        self._identity = ""
        #: What the holding thread is to do next; ``None`` to look whether it is over.
        self._todo: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        #: Guards the two below, which the thread that opens a socket writes too.
        self._lock = threading.Lock()
        self._sockets: list[SlackSocket] = []
        self._closed = False
        self._opener: threading.Thread | None = None
        #: Those that Slack is about to end and that have no successor yet.
        self._leaving: list[SlackSocket] = []
        #: When each socket that was replaced is closed at the latest, by the monotonic clock.
        self._retiring: dict[SlackSocket, float] = {}

    def hold(self) -> None:
        """Take in events until the tenure is over. Raises a ChannelError class when Slack ends it."""
        self._tenure.on_over(lambda: self._todo.put(None))
        try:
            self._begin_opening()
            ping_at = time.monotonic() + self._parts.ping_seconds
            while not self._tenure.over:
                self._do_next(max(0.0, ping_at - time.monotonic()))
                if time.monotonic() >= ping_at:
                    self._ping()
                    ping_at = time.monotonic() + self._parts.ping_seconds
                self._drop_closed()
                if not (self._sockets or self._opener or self._tenure.over) and self._todo.empty():
                    raise ChannelUnreachable("slack: the connection has ended")
        finally:
            self._close()

    def _do_next(self, seconds: float) -> None:
        try:
            step = self._todo.get(timeout=seconds)
        except queue.Empty:
            return
        if step is not None and not self._tenure.over:
            step()

    # --- messages ---------------------------------------------------------------------------------------------

    def _take(self, socket: SlackSocket, raw: str) -> None:
        try:
            message = json_object(raw)
            kind, envelope_id = text(message, "type"), text(message, "envelope_id")
        except Malformed as error:
            _log.warning("slack account %s: a message is left out: %s", self._account_id, error)
            return
        if kind == "hello":
            self._inbox.alive(self._identity)
        elif kind == "disconnect":
            self._disconnected(socket, str(message.get("reason", "")))
        elif envelope_id:
            self._accept(socket, kind, envelope_id, message)

    def _accept(self, socket: SlackSocket, kind: str, envelope_id: str, message: dict[str, Any]) -> None:
        """Store, then acknowledge. What cannot be read would be no better the next time."""
        envelopes: Sequence[InboundEnvelope] = ()
        try:
            envelopes = self._parts.read(kind, maybe_obj(message, "payload"))
        except Malformed as error:
            _log.warning("slack account %s: a %s message is left out: %s", self._account_id, kind, error)
        try:
            if envelopes:
                self._inbox.accept(*envelopes)
        except Unavailable as error:
            _log.warning("slack account %s: a message is not stored, and will come again: %s", self._account_id, error)
            return
        self._acknowledge(socket, json.dumps({"envelope_id": envelope_id}))

    def _acknowledge(self, socket: SlackSocket, answer: str) -> None:
        for each in (socket, *(other for other in reversed(self._sockets) if other is not socket)):
            try:
                each.send(answer)
            except ChannelUnreachable:
                continue
            return
        _log.info("slack account %s: no acknowledgement could leave: the event comes again", self._account_id)

    def _disconnected(self, socket: SlackSocket, reason: str) -> None:
        """Slack is about to end a connection; it says so twice, and why."""
        if reason == "link_disabled":
            raise ChannelRejected("slack: Socket Mode is switched off in the app's settings")
        if reason == "too_many_websockets":
            raise ChannelUnreachable("slack: the app has too many connections; something else uses its app token")
        if socket in self._sockets and socket not in self._leaving and socket not in self._retiring:
            self._leaving.append(socket)
            self._replace()

    # --- sockets ----------------------------------------------------------------------------------------------

    def _replace(self) -> None:
        if self._leaving and self._opener is None:
            self._begin_opening()

    def _begin_opening(self) -> None:
        self._opener = threading.Thread(target=self._open, name="slack-open", daemon=True)
        self._opener.start()

    def _open(self) -> None:
        """In a thread of its own, which is left to itself when the tenure ends meanwhile."""
        try:
            self._identity = self._identity or self._parts.who()
            socket = SlackSocket(
                self._address(),
                deliver=lambda socket, raw: self._todo.put(partial(self._take, socket, raw)),
                ended=lambda _socket: self._todo.put(None),
                proxy=self._parts.client.proxy,
                ping_seconds=self._parts.ping_seconds,
            )
        except Exception as error:  # noqa: BLE001  (it is raised where the connection is held)
            self._todo.put(partial(self._not_opened, error))
            return
        with self._lock:
            late = self._closed
            if not late:
                self._sockets.append(socket)
        if late:
            socket.close()
        else:
            socket.start()
            self._todo.put(partial(self._opened, socket))

    def _address(self) -> str:
        answer = self._parts.client.call(
            "apps.connections.open", {}, repeatable=True, speaker="app", timeout_seconds=CONNECT_TIMEOUT_SECONDS
        )
        url = answer.get("url")
        if not isinstance(url, str):
            raise ChannelUnreachable("slack apps.connections.open: the answer names no address")
        return url

    def _opened(self, new: SlackSocket) -> None:
        """It takes the place of those that are leaving; it may be told to leave at once itself."""
        self._opener = None
        until = time.monotonic() + self._parts.retiring_seconds
        self._retiring |= {each: until for each in self._leaving if each is not new}
        self._leaving = [each for each in self._leaving if each is new]
        self._replace()

    def _not_opened(self, error: Exception) -> None:
        """The old one, where there is one, is read for as long as it lasts; its end is an end of all."""
        self._opener = None
        self._leaving.clear()
        if not self._sockets or not isinstance(error, ChannelError):
            raise error
        _log.warning("slack account %s: the connection is not replaced yet: %s", self._account_id, error)

    def _ping(self) -> None:
        answered = [each.ping() for each in self._sockets]
        if any(answered):
            self._inbox.alive(self._identity)
        for each, until in self._retiring.items():
            if time.monotonic() >= until:
                each.stop()

    def _drop_closed(self) -> None:
        for each in [each for each in self._sockets if not each.open]:
            each.close()
            with self._lock:
                self._sockets.remove(each)
            self._retiring.pop(each, None)
            self._leaving = [other for other in self._leaving if other is not each]

    def _close(self) -> None:
        with self._lock:
            self._closed = True
        for each in self._sockets:
            each.stop()
        for each in self._sockets:
            each.close()

"""Socket Mode: events over WebSockets that Slack replaces every few hours.

After https://docs.slack.dev/apis/events-api/using-socket-mode. Slack hands each event to one of an app's connections,
so an account has one, and a second one only while the first is being replaced. What is not acknowledged comes again.
"""

from __future__ import annotations

import json
import logging
import queue
import time
from collections.abc import Callable, Sequence
from typing import Any

from openclaw.channel_kit.shapes import Malformed, json_object, maybe_obj, text
from openclaw.channels.slack.client import SlackClient
from openclaw.channels.slack.limits import CONNECT_TIMEOUT_SECONDS, PING_SECONDS, RETIRING_SECONDS
from openclaw.channels.slack.web_socket import SlackSocket
from openclaw.domain.envelope import InboundEnvelope
from openclaw.errors import ChannelError, ChannelRejected, ChannelUnreachable, Unavailable
from openclaw.ports.channel_connection import Inbox, Tenure

_log = logging.getLogger(__name__)

#: Reads one payload by its envelope's type. Raises Malformed.
ReadPayload = Callable[[str, dict[str, Any]], Sequence[InboundEnvelope]]


class SocketMode:
    """One time of holding the connection; ``hold`` is called once."""

    def __init__(
        self,
        account_id: str,
        client: SlackClient,
        read: ReadPayload,
        *,
        inbox: Inbox,
        tenure: Tenure,
        identity: str,
        ping_seconds: float = PING_SECONDS,
        retiring_seconds: float = RETIRING_SECONDS,
    ) -> None:
        self._account_id = account_id
        self._client = client
        self._read = read
        self._inbox = inbox
        self._tenure = tenure
        self._identity = identity
        self._ping_seconds = ping_seconds
        self._retiring_seconds = retiring_seconds
        self._sockets: list[SlackSocket] = []
        #: When each socket that is being replaced is closed at the latest, by the monotonic clock.
        self._retiring: dict[SlackSocket, float] = {}
        #: Texts with the socket that they came by; ``None`` to look whether it is over, or a socket has ended.
        self._arrived: queue.SimpleQueue[tuple[SlackSocket, str] | None] = queue.SimpleQueue()

    def hold(self) -> None:
        """Take in events until the tenure is over. Raises a ChannelError class when Slack ends it."""
        self._tenure.on_over(lambda: self._arrived.put(None))
        try:
            self._open()
            ping_at = time.monotonic() + self._ping_seconds
            while not self._tenure.over:
                self._take(max(0.0, ping_at - time.monotonic()))
                if time.monotonic() >= ping_at:
                    self._ping()
                    ping_at = time.monotonic() + self._ping_seconds
                self._drop_closed()
                if not self._sockets and not self._tenure.over and self._arrived.empty():
                    raise ChannelUnreachable("slack: the connection has ended")
        finally:
            self._close()

    def _take(self, seconds: float) -> None:
        try:
            arrived = self._arrived.get(timeout=seconds)
        except queue.Empty:
            return
        if arrived is None or self._tenure.over:
            return
        socket, raw = arrived
        try:
            message = json_object(raw)
            self._handle(socket, message)
        except Malformed as error:
            _log.warning("slack account %s: a message is left out: %s", self._account_id, error)

    def _handle(self, socket: SlackSocket, message: dict[str, Any]) -> None:
        kind, envelope_id = text(message, "type"), text(message, "envelope_id")
        if kind == "hello":
            self._inbox.alive(self._identity)
        elif kind == "disconnect":
            self._disconnected(socket, text(message, "reason"))
        elif envelope_id:
            self._accept(socket, kind, envelope_id, message)

    def _accept(self, socket: SlackSocket, kind: str, envelope_id: str, message: dict[str, Any]) -> None:
        """Store, then acknowledge. What cannot be read would be no better the next time."""
        try:
            envelopes = self._read(kind, maybe_obj(message, "payload"))
        except Malformed as error:
            _log.warning("slack account %s: a %s message is left out: %s", self._account_id, kind, error)
            envelopes = ()
        try:
            if envelopes:
                self._inbox.accept(*envelopes)
        except Unavailable as error:
            _log.warning(
                "slack account %s: a message cannot be stored, Slack sends it again: %s", self._account_id, error
            )
            return
        self._acknowledge(socket, json.dumps({"envelope_id": envelope_id}))

    def _acknowledge(self, socket: SlackSocket, answer: str) -> None:
        for each in (socket, *(other for other in reversed(self._sockets) if other is not socket)):
            try:
                each.send(answer)
            except ChannelUnreachable:
                continue
            return
        _log.info("slack account %s: no acknowledgement could leave, so the event comes again", self._account_id)

    def _disconnected(self, socket: SlackSocket, reason: str) -> None:
        """Slack is about to end a connection; it says so twice, and why."""
        if reason == "link_disabled":
            raise ChannelRejected("slack: Socket Mode is switched off in the app's settings")
        if reason == "too_many_websockets":
            raise ChannelUnreachable("slack: the app has too many connections; something else uses its app token")
        if socket in self._retiring:
            return
        try:
            self._open()
        except ChannelError as error:
            # The old one is read for as long as it lasts; its end is an end of all.
            _log.warning("slack account %s: the connection is not replaced yet: %s", self._account_id, error)
        else:
            self._retiring[socket] = time.monotonic() + self._retiring_seconds

    def _open(self) -> None:
        answer = self._client.call(
            "apps.connections.open", {}, repeatable=True, speaker="app", timeout_seconds=CONNECT_TIMEOUT_SECONDS
        )
        url = answer.get("url")
        if not isinstance(url, str) or self._tenure.over:
            raise ChannelUnreachable("slack apps.connections.open: the answer names no address")
        self._sockets.append(
            SlackSocket(
                url,
                deliver=lambda socket, raw: self._arrived.put((socket, raw)),
                ended=lambda _socket: self._arrived.put(None),
                proxy=self._client.proxy,
                ping_seconds=self._ping_seconds,
            )
        )

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
            self._sockets.remove(each)
            self._retiring.pop(each, None)

    def _close(self) -> None:
        for each in self._sockets:
            each.stop()
        for each in self._sockets:
            each.close()

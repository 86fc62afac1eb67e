"""One number at a signal-cli daemon: events in by a stream, rendered replies out by calls from any process."""

from __future__ import annotations

import logging
from collections import deque
from typing import Any

from openclaw.channel_kit.journal import Journal
from openclaw.channels.signal.client import SignalClient
from openclaw.channels.signal.config import SignalConfig
from openclaw.channels.signal.connect import Listener
from openclaw.channels.signal.inbound import Place, read_event
from openclaw.channels.signal.names import Me
from openclaw.channels.signal.outbound import (
    delete_message,
    edit_text,
    fetch_file,
    mark_read,
    react,
    send_file,
    send_text,
    show_typing,
)
from openclaw.domain.envelope import InboundEnvelope, RemoteFile, ReplyRoute
from openclaw.errors import ChannelError, ChannelRejected
from openclaw.ports.channel import AccountPlace, OutboundFile, Probe, SendReceipt
from openclaw.ports.channel_connection import Inbox, Tenure

_log = logging.getLogger(__name__)

#: How many messages that were marked as read are remembered.
_MARKS = 200


class SignalAccount:
    """A configured number. Thread-safe."""

    keeps_connection = True
    sends_over_connection = False

    def __init__(self, account_id: str, config: SignalConfig, client: SignalClient, place: AccountPlace) -> None:
        self._account_id = account_id
        self._config = config
        self._client = client
        self._me = Me(config.account, config.uuid)
        self._place = Place(account_id, self._me)
        self._journal = Journal(place.folder / "unread")
        #: What was marked as read last: typing is shown again and again while one message is worked on.
        self._marked: deque[str | None] = deque(maxlen=_MARKS)

    @property
    def account_id(self) -> str:
        return self._account_id

    def connect(self, inbox: Inbox, tenure: Tenure) -> None:
        """Read the daemon's events until the tenure is over. Raises a ChannelError class."""
        Listener(self._client, self._journal, self._read, inbox, tenure).hold(self._me.number)

    def send(self, route: ReplyRoute, markdown: str) -> SendReceipt:
        """Send one chunk with Signal's styles. Raises a ChannelError class."""
        return send_text(self._client, self._me, route, markdown)

    def send_file(self, route: ReplyRoute, file: OutboundFile, markdown: str) -> SendReceipt:
        """Send a file with its text. Raises a ChannelError class."""
        return send_file(self._client, self._me, route, file, markdown)

    def fetch_file(self, file: RemoteFile, max_bytes: int) -> bytes:
        """What a file holds. Raises a ChannelError class."""
        return fetch_file(self._client, file, max_bytes)

    def edit(self, route: ReplyRoute, message_id: str, markdown: str) -> None:
        """Put another text in a message's place. Raises a ChannelError class."""
        edit_text(self._client, route, message_id, markdown)

    def delete(self, route: ReplyRoute, message_id: str) -> None:
        """Take a message back. Raises a ChannelError class."""
        delete_message(self._client, route, message_id)

    def react(self, route: ReplyRoute, message_id: str, emoji: str, *, remove: bool = False) -> None:
        """Put an emoji to a message, or take it away. Raises a ChannelError class."""
        react(self._client, self._me, route, message_id, emoji, remove=remove)

    def typing(self, route: ReplyRoute) -> None:
        """Show "typing…", and mark the message that is answered as read; a failure is only logged."""
        try:
            show_typing(self._client, route)
            if self._config.read_receipts and route.reply_to not in self._marked:
                mark_read(self._client, route)
                self._marked.append(route.reply_to)
        except ChannelError as error:
            _log.debug("signal account %s: no typing note: %s", self._account_id, error)

    def probe(self, timeout_seconds: float) -> Probe:
        """Ask whether the daemon runs, which version it is, and whether it knows the number."""
        try:
            self._client.check(timeout_seconds)
            version = self._client.call("version", repeatable=True, timeout_seconds=timeout_seconds)
            numbers = self._numbers(timeout_seconds)
        except ChannelError as error:
            return Probe(ok=False, error=str(error))
        if numbers and self._me.number not in numbers:
            return Probe(ok=False, error=f"signal: the daemon has no account {self._me.number}")
        said = version.get("version", "") if isinstance(version, dict) else ""
        return Probe(ok=True, identity=f"{self._me.number} by signal-cli {said}".rstrip())

    def close(self) -> None:
        self._client.close()

    def _numbers(self, timeout_seconds: float) -> list[str]:
        """The daemon's numbers; none where it runs for one, which is then the right one or refuses every call."""
        try:
            accounts = self._client.call("listAccounts", repeatable=True, timeout_seconds=timeout_seconds)
        except ChannelRejected:
            return []
        return [str(each.get("number", "")) for each in accounts if isinstance(each, dict)]

    def _read(self, event: dict[str, Any]) -> InboundEnvelope | None:
        if event.get("exception") is not None:
            _log.warning("signal account %s: signal-cli could not read a message", self._account_id)
        return read_event(event, self._place)

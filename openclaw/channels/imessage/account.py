"""One Mac that is signed in to Messages: imsg tells what comes, and sends what leaves, in the process that runs it."""

from __future__ import annotations

import logging
import uuid
from typing import Any

from openclaw.channels.imessage.config import IMessageConfig
from openclaw.channels.imessage.connect import MacConnection
from openclaw.channels.imessage.files import MacFiles
from openclaw.channels.imessage.inbound import CHAT
from openclaw.channels.imessage.limits import (
    FILE_SECONDS,
    MAX_FILE_BYTES,
    MAX_TEXT_CHARS,
    SEND_SECONDS,
    TYPING_SECONDS,
)
from openclaw.channels.imessage.refusals import ImsgBlocked
from openclaw.channels.imessage.render import plain_text
from openclaw.channels.imessage.tapbacks import tapback
from openclaw.domain.envelope import ReplyRoute
from openclaw.errors import ChannelError, ChannelRejected
from openclaw.ports.channel import AccountPlace, OutboundFile, Probe, SendReceipt
from openclaw.ports.channel_connection import Inbox, Tenure

_log = logging.getLogger(__name__)


class IMessageAccount:
    """A configured Mac. Thread-safe."""

    keeps_connection = True
    sends_over_connection = True

    def __init__(self, account_id: str, config: IMessageConfig, place: AccountPlace) -> None:
        self._account_id = account_id
        self._config = config
        self._files = MacFiles(config, place.folder)
        self._connection = MacConnection(account_id, config, self._files)

    @property
    def account_id(self) -> str:
        return self._account_id

    def connect(self, inbox: Inbox, tenure: Tenure) -> None:
        """Run imsg until the tenure is over. Raises a ChannelError class."""
        self._connection.hold(inbox, tenure)

    def send(self, route: ReplyRoute, markdown: str) -> SendReceipt:
        """Send one chunk as plain text. Raises a ChannelError class."""
        return self._sent(_addressed(route.target) | {"text": _plain(markdown)}, SEND_SECONDS)

    def send_file(self, route: ReplyRoute, file: OutboundFile, markdown: str) -> SendReceipt:
        """Send a file with its text. Raises a ChannelError class."""
        if len(file.content) > MAX_FILE_BYTES:
            raise ChannelRejected(f"imessage: {file.name!r} is larger than {MAX_FILE_BYTES // 1024**2} MB")
        words = {"text": _plain(markdown)} if markdown.strip() else {}
        self._connection.connected()  # before a file is written for nobody
        with self._files.lend(file) as path:
            return self._sent(_addressed(route.target) | words | {"file": path}, FILE_SECONDS)

    def react(self, route: ReplyRoute, message_id: str, emoji: str, *, remove: bool = False) -> None:
        """Put a tapback to a message, or take it away, where imsg's bridge runs. Raises a ChannelError class."""
        child = self._connection.connected()
        what = tapback(self._connection.bridge, emoji)
        chat = _addressed(route.target)
        if "to" in chat:
            # A tapback is put in a chat, which Messages calls as the person.
            chat = {"chat_identifier": chat["to"]}
        child.request("tapback", chat | what | {"message_guid": message_id, "remove": remove}, SEND_SECONDS)

    def typing(self, route: ReplyRoute) -> None:
        """Show that somebody writes, where imsg's bridge runs; a failure is only logged."""
        try:
            child = self._connection.connected()
            if self._connection.bridge.ready:
                child.request("typing", _addressed(route.target) | {"typing": True}, TYPING_SECONDS)
        except ChannelError as error:
            _log.debug("imessage account %s: no typing note: %s", self._account_id, error)

    def probe(self, timeout_seconds: float) -> Probe:
        """Whether imsg runs in this process: only the one that holds the connection knows."""
        del timeout_seconds
        try:
            self._connection.connected()
        except ChannelError as error:
            return Probe(ok=False, error=str(error))
        return Probe(ok=True, identity=self._connection.name)

    def close(self) -> None:
        """End the connection, where it is held."""
        self._connection.interrupt()

    def _sent(self, params: dict[str, Any], timeout_seconds: float) -> SendReceipt:
        if "to" in params:
            params |= {"service": self._config.service, "region": self._config.region}
        try:
            result = self._connection.connected().request("send", params, timeout_seconds)
        except ImsgBlocked:
            self._connection.interrupt()
            raise
        guid = result.get("guid")
        if not isinstance(guid, str) or not guid:
            # Messages took it; imsg, which looks for it in the database, has not found which it is.
            return SendReceipt(f"unnamed-{uuid.uuid4()}")
        self._connection.remember(guid)
        return SendReceipt(guid)


def _plain(markdown: str) -> str:
    said = plain_text(markdown)
    if len(said) > MAX_TEXT_CHARS:
        raise ChannelRejected(f"imessage: the text has {len(said)} characters; a message holds {MAX_TEXT_CHARS}")
    return said


def _addressed(target: str) -> dict[str, Any]:
    """A chat by its number in the Mac's database, or a person by number or address."""
    if not target.startswith(CHAT):
        return {"to": target}
    number = target.removeprefix(CHAT)
    if not (number.isascii() and number.isdecimal()):
        raise ChannelRejected(f"imessage: {target!r} is no chat")
    return {"chat_id": int(number)}

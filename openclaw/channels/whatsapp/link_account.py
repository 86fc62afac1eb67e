"""A person's own number as a linked device: a process of its own speaks to WhatsApp, we speak to it."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from typing import Any

from openclaw.channels.whatsapp.answering import answered, quoted
from openclaw.channels.whatsapp.config import LinkConfig
from openclaw.channels.whatsapp.limits import (
    MAX_CAPTION_UNITS,
    MAX_DOCUMENT_BYTES,
    MAX_TEXT_UNITS,
    TYPING_TIMEOUT_SECONDS,
    utf16_units,
)
from openclaw.channels.whatsapp.link_connection import LinkConnection
from openclaw.channels.whatsapp.link_files import LinkFiles
from openclaw.channels.whatsapp.link_protocol import PHONE_SERVER
from openclaw.channels.whatsapp.render import render_text
from openclaw.domain.envelope import ReplyRoute
from openclaw.errors import ChannelError, ChannelOutcomeUnknown, ChannelRejected, ConfigError
from openclaw.ports.channel import AccountPlace, OutboundFile, Probe, SendReceipt
from openclaw.ports.channel_connection import Inbox, Tenure

_log = logging.getLogger(__name__)

#: How long an answer may take: of a message, of a file that is uploaded first. Seconds.
_SEND_SECONDS, _FILE_SECONDS = 30.0, 180.0
_VOICE = "audio/ogg"
#: As what files are shown; everything else is a document.
_TYPES = {
    "image/jpeg": "image", "image/png": "image", "video/mp4": "video", "video/3gpp": "video",
    _VOICE: "audio", "audio/mpeg": "audio", "audio/mp4": "audio", "audio/aac": "audio", "audio/amr": "audio",
}  # fmt: skip


class LinkAccount:
    """A linked number. Thread-safe."""

    keeps_connection = True
    sends_over_connection = True

    def __init__(self, account_id: str, config: LinkConfig, place: AccountPlace) -> None:
        if not config.command and find_spec("neonize") is None:
            raise ConfigError(
                f"channels.whatsapp.accounts.{account_id}: mode link needs the extra whatsapp: "
                "pip install 'openclaw-celery[whatsapp]'"
            )
        self._account_id = account_id
        self._config = config
        self._files = LinkFiles(place.folder)
        self._connection = LinkConnection(account_id, config, self._files)

    @property
    def account_id(self) -> str:
        return self._account_id

    def connect(self, inbox: Inbox, tenure: Tenure) -> None:
        """Run the link process until the tenure is over. Raises a ChannelError class."""
        self._connection.hold(inbox, tenure)

    def logout(self) -> None:
        """Unlink at WhatsApp, and forget the link. Raises a ChannelError class."""
        self._connection.unlink()

    def send(self, route: ReplyRoute, markdown: str) -> SendReceipt:
        """Send one chunk in WhatsApp's markup. Raises a ChannelError class."""
        body = render_text(markdown, MAX_TEXT_UNITS)
        if utf16_units(body) > MAX_TEXT_UNITS:
            raise ChannelRejected(f"whatsapp: a message has at most {MAX_TEXT_UNITS} characters")
        return self._sent("text", _SEND_SECONDS, chat=_chat(route.target), text=body, quote=quoted(route))

    def send_file(self, route: ReplyRoute, file: OutboundFile, markdown: str) -> SendReceipt:
        """Send a file as picture, voice note, sound, film or document. Raises a ChannelError class."""
        if len(file.content) > MAX_DOCUMENT_BYTES:
            raise ChannelRejected(f"whatsapp: {file.name!r} is larger than {MAX_DOCUMENT_BYTES // 1024**2} MB")
        mime = file.mime.partition(";")[0].strip().lower()
        kind = _TYPES.get(mime, "document")
        caption = "" if kind == "audio" else render_text(markdown, MAX_CAPTION_UNITS)
        caption = caption if utf16_units(caption) <= MAX_CAPTION_UNITS else ""
        fields = {"chat": _chat(route.target), "type": kind, "mime": mime, "name": file.name, "caption": caption}
        self._connection.linked()  # before a file is written for nobody
        with self._files.lend(file.content) as name:
            voice = file.voice_note and mime == _VOICE
            sent = self._sent("file", _FILE_SECONDS, file=name, voice=voice, quote=quoted(route), **fields)
        return sent if caption or not markdown.strip() else self.send(route, markdown)

    def react(self, route: ReplyRoute, message_id: str, emoji: str, *, remove: bool = False) -> None:
        """Put an emoji to a message in place of ours, or take ours away. Raises a ChannelError class."""
        shown = "" if remove else emoji
        self._request("react", _SEND_SECONDS, chat=_chat(route.target), message_id=message_id, emoji=shown)

    def typing(self, route: ReplyRoute) -> None:
        """Show "typing…", and mark the message that is answered as read; a failure is only logged."""
        read = answered(route) if self._config.read_receipts else ""
        try:
            self._request("typing", TYPING_TIMEOUT_SECONDS, chat=_chat(route.target), read=read)
        except ChannelError as error:
            _log.debug("whatsapp account %s: no typing note: %s", self._account_id, error)

    def probe(self, timeout_seconds: float) -> Probe:
        """Whether the number is connected in this process: only the one that holds the connection knows."""
        del timeout_seconds
        try:
            self._connection.linked()
        except ChannelError as error:
            return Probe(ok=False, error=str(error))
        return Probe(ok=True, identity=self._connection.name)

    def close(self) -> None:
        """End the connection, where it is held."""
        self._connection.interrupt()

    def _request(self, op: str, timeout_seconds: float, **fields: Any) -> dict[str, Any]:
        return self._connection.linked().request(op, timeout_seconds, **fields)

    def _sent(self, op: str, timeout_seconds: float, **fields: Any) -> SendReceipt:
        message_id = self._request(op, timeout_seconds, **fields).get("message_id")
        if not isinstance(message_id, str) or not message_id:
            raise ChannelOutcomeUnknown(f"whatsapp {op}: the answer names no message")
        return SendReceipt(message_id)


def _chat(target: str) -> str:
    """The JID of a target: a phone number's, or the target itself."""
    number = target.removeprefix("+")
    if number.isdecimal():
        return f"{number}@{PHONE_SERVER}"
    if "@" not in target:
        raise ChannelRejected(f"whatsapp: {target!r} is no phone number and no chat")
    return target

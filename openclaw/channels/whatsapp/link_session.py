"""One connection of a linked number: neonize's events as lines, and requests as neonize's calls.

Runs in the link process only. The library calls back on threads of its own, which must not wait.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openclaw.channels.whatsapp.link_compose import file_message, jid_of, text_message
from openclaw.channels.whatsapp.link_mapping import event_of, jid_text, media_of, unwrapped
from openclaw.channels.whatsapp.link_protocol import GROUP_SERVER, RATE_LIMIT_SECONDS, ErrorKind

if TYPE_CHECKING:
    from neonize.client import NewClient
    from neonize.proto.Neonize_pb2 import Message as Received

#: How long a code is good: WhatsApp Web shows the first for a minute and five more for 20 seconds each.
_FIRST_CODE_SECONDS, _CODE_SECONDS = 60.0, 20.0
#: After this long without another code there is none any more. Seconds.
_LAST_CODE_SECONDS = 70.0
#: How long messages that have arrived are told of at the end. Seconds.
_DRAIN_SECONDS = 2.0
#: How often an idle connection is said to stand. Seconds.
_ALIVE_SECONDS = 30.0
#: Messages that can be quoted, reacted to and marked as read.
_REMEMBERED = 1_000
#: What whatsmeow's errors say, in this order, and what that means for a message.
_MEANINGS: tuple[tuple[str, ErrorKind], ...] = (
    ("rate-overlimit", "rate-limited"),
    ("error 429", "rate-limited"),
    ("not connected", "unreachable"),
    ("doesn't contain a device jid", "unreachable"),
    ("failed to get device list", "unreachable"),
    ("failed to get user devices", "unreachable"),
    ("no lid found", "rejected"),
    ("server returned error 4", "rejected"),
    ("can't send message to unknown server", "rejected"),
    ("not participating", "rejected"),
)
#: Of ``ConnectFailureReason``: what passes by itself.
_PASSING = frozenset({"GENERIC", "INTERNAL_SERVER_ERROR", "EXPERIMENTAL", "SERVICE_UNAVAILABLE"})

_log = logging.getLogger(__name__)


class _Refused(Exception):
    def __init__(self, kind: ErrorKind, message: str) -> None:
        super().__init__(message)
        self.kind: ErrorKind = kind


def kind_of(message: str) -> ErrorKind:
    """What an error of whatsmeow means for a message: it may have been sent unless the words say otherwise."""
    lowered = message.lower()
    return next((kind for words, kind in _MEANINGS if words in lowered), "unknown")


class LinkSession:
    """One linked number. ``say`` writes a line; ``leave`` ends the process."""

    def __init__(
        self,
        client: NewClient,
        start: dict[str, Any],
        say: Callable[[dict[str, Any]], None],
        leave: Callable[[int], object] = os._exit,
    ) -> None:
        self._client = client
        self._leave = leave
        self._say = say
        self._files = Path(start["files"])
        self._max_download = int(start.get("max_download_bytes", 0))
        self._known: OrderedDict[str, Received] = OrderedDict()
        self._expiry: threading.Timer | None = None
        self._over = threading.Lock()
        self._stopped = threading.Event()
        self._unlinking = False
        self._teller = threading.Thread(target=self._tell, daemon=True)
        self._arrived: queue.SimpleQueue[tuple[dict[str, Any], Received] | None] = queue.SimpleQueue()
        self._listen()

    def run(self) -> None:
        """Hold the connection until it ends, and say why. Returns only when the number was unlinked by a request."""
        from neonize.exc import NeonizeError

        self._teller.start()
        threading.Thread(target=self._watch, daemon=True).start()
        try:
            self._client.connect()
            reason = "the connection has ended"
        except NeonizeError as error:
            reason = str(error)
        self.end("unreachable", reason)

    def drain(self, seconds: float) -> None:
        """Tell of the messages that have arrived: WhatsApp does not send them again. Files are not waited for."""
        self._stopped.set()
        self._arrived.put(None)
        if self._teller.is_alive():
            self._teller.join(seconds)

    def end(self, kind: ErrorKind, message: str, *, logged_out: bool = False) -> None:
        """Say why the connection is over, and exit: nothing of the library outlives it."""
        if self._unlinking:
            return  # whoever asked for it ends the process
        self._over.acquire()  # only the first reason counts
        try:
            self.drain(_DRAIN_SECONDS)
            self._say({"event": "ended", "kind": kind, "message": message, "logged_out": logged_out})
        finally:
            self._leave(0)

    # --- events -----------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        from neonize import events

        on = self._client.event
        on.qr(lambda _, code: self._show(code.decode()))
        on(events.ConnectedEv)(lambda *_: self._connected())
        on(events.MessageEv)(lambda _, received: self._received(received))
        on(events.KeepAliveRestoredEv)(lambda *_: self._say({"event": "alive"}))
        on(events.ReceiptEv)(lambda *_: self._say({"event": "alive"}))
        on(events.DisconnectedEv)(lambda *_: self._disconnected())
        on(events.StreamReplacedEv)(lambda *_: self.end("unreachable", "another program uses this link"))
        on(events.ClientOutdatedEv)(lambda *_: self.end("rejected", "neonize is too old for WhatsApp: update it"))
        on(events.LoggedOutEv)(
            lambda *_: self.end("rejected", "the phone has unlinked this device: link it anew", logged_out=True)
        )
        on(events.PairStatusEv)(lambda _, status: self._paired(status))
        on(events.TemporaryBanEv)(
            lambda _, ban: self.end("rejected", f"the number is banned for {ban.Expire} s (reason {ban.Code})")
        )
        on(events.ConnectFailureEv)(lambda _, failure: self._failed(failure))

    def _show(self, code: str) -> None:
        """Nobody is asked for ever: after the last code the operator has to start anew."""
        seconds = _FIRST_CODE_SECONDS if self._expiry is None else _CODE_SECONDS
        self._say({"event": "code", "code": code, "expires_in_seconds": seconds})
        if self._expiry is not None:
            self._expiry.cancel()
        self._expiry = threading.Timer(_LAST_CODE_SECONDS, self._not_scanned)
        self._expiry.daemon = True
        self._expiry.start()

    def _not_scanned(self) -> None:
        self.end("rejected", "nobody has scanned the code: start the account to try again")

    def _paired(self, status: Any) -> None:
        if status.Error:
            self.end("rejected", f"linking failed: {status.Error}")
        self._scanned()

    def _scanned(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None

    def _disconnected(self) -> None:
        if self._expiry is not None:
            self._not_scanned()
        self.end("unreachable", "WhatsApp has closed the connection")

    def _failed(self, failure: Any) -> None:
        from neonize.proto.Neonize_pb2 import ConnectFailureReason

        reason = ConnectFailureReason.Name(failure.Reason)
        words = f"WhatsApp refuses the connection: {failure.Message} ({reason})"
        self.end("unreachable" if reason in _PASSING else "rejected", words)

    def _connected(self) -> None:
        from neonize.exc import NeonizeError
        from neonize.utils.enum import Presence

        self._scanned()
        me = self._client.me or self._client.get_me()
        self._say({"event": "connected", "jid": jid_text(me.JID), "lid": jid_text(me.LID), "name": me.PushName})
        try:
            # WhatsApp learns our name by it; as long as we are not "available", the phone goes on showing messages.
            self._client.send_presence(Presence.UNAVAILABLE)
        except NeonizeError as error:
            _log.warning("our name cannot be told: %s", error)

    def _received(self, received: Received) -> None:
        event = event_of(received)
        if event is None:
            return
        self._remember(received)
        self._arrived.put((event, received))

    def _tell(self) -> None:
        """Tell of messages in their order, off the library's thread: fetching a file takes its time."""
        while (arrived := self._arrived.get()) is not None:
            event, received = arrived
            if "media" in event:
                self._fetch(received, event["media"])
            self._say(event)

    def _fetch(self, received: Received, media: dict[str, Any]) -> None:
        from neonize.exc import DownloadError

        message = unwrapped(received.Message)
        if self._stopped.is_set() or media_of(message) is None or media["size_bytes"] > self._max_download:
            return
        try:
            content = self._client.download_any(message)
        except DownloadError as error:
            _log.warning("a file cannot be fetched: %s", error)
            return
        name = uuid.uuid4().hex
        (self._files / name).write_bytes(content)
        media["file"] = name

    def _remember(self, received: Received) -> None:
        self._known[received.Info.ID] = received
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def _watch(self) -> None:
        """Say from time to time that the connection stands, also while nobody writes."""
        while not self._stopped.wait(_ALIVE_SECONDS):
            if self._client.is_connected and self._client.is_logged_in:
                self._say({"event": "alive"})

    # --- requests ---------------------------------------------------------------------------------------------

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """What a request leads to, as a line."""
        from neonize.exc import NeonizeError

        do = {
            "text": self._text,
            "file": self._file,
            "react": self._react,
            "typing": self._typing,
            "logout": self._logout,
        }.get(str(request.get("op")))
        try:
            if do is None:
                raise _Refused("rejected", "the link process does not know this request")
            return {"id": request.get("id"), "ok": do(request)}
        except _Refused as refused:
            return _error(request, refused.kind, str(refused))
        except NeonizeError as error:
            return _error(request, kind_of(str(error)), str(error))
        except (KeyError, TypeError, ValueError, OSError) as error:
            return _error(request, "rejected", f"{type(error).__name__}: {error}")

    def _text(self, request: dict[str, Any]) -> dict[str, Any]:
        quoted = self._known.get(str(request.get("quote")))
        sent = self._client.send_message(jid_of(request["chat"]), text_message(request["text"], quoted))
        return {"message_id": sent.ID}

    def _file(self, request: dict[str, Any]) -> dict[str, Any]:
        from neonize.exc import UploadError
        from neonize.utils.enum import MediaType

        content = (self._files / Path(request["file"]).name).read_bytes()
        types = {
            "image": MediaType.MediaImage,
            "video": MediaType.MediaVideo,
            "audio": MediaType.MediaAudio,
            "document": MediaType.MediaDocument,
        }
        try:
            uploaded = self._client.upload(content, types[request["type"]])
        except UploadError as error:
            raise _Refused("unreachable", f"the file cannot be uploaded: {error}") from error
        quoted = self._known.get(str(request.get("quote")))
        sent = self._client.send_message(jid_of(request["chat"]), file_message(request, content, uploaded, quoted))
        return {"message_id": sent.ID}

    def _react(self, request: dict[str, Any]) -> dict[str, Any]:
        chat, message_id = jid_of(request["chat"]), request["message_id"]
        known = self._known.get(message_id)
        if known is None and chat.Server == GROUP_SERVER:
            raise _Refused("rejected", "who wrote the message is not known any more")
        if known is not None:
            chat = known.Info.MessageSource.Chat
        sender = known.Info.MessageSource.Sender if known is not None else chat
        message = self._client.build_reaction(chat, sender, message_id, request["emoji"])
        self._client.send_message(chat, message)
        return {}

    def _typing(self, request: dict[str, Any]) -> dict[str, Any]:
        from neonize.utils.enum import ChatPresence, ChatPresenceMedia, ReceiptType

        known = self._known.get(str(request.get("read")))
        if known is not None:
            source = known.Info.MessageSource
            self._client.mark_read(known.Info.ID, chat=source.Chat, sender=source.Sender, receipt=ReceiptType.READ)
        self._client.send_chat_presence(
            jid_of(request["chat"]),
            ChatPresence.CHAT_PRESENCE_COMPOSING,
            ChatPresenceMedia.CHAT_PRESENCE_MEDIA_TEXT,
        )
        return {}

    def _logout(self, _: dict[str, Any]) -> dict[str, Any]:
        from neonize.exc import NeonizeError

        self._unlinking = True
        try:
            self._client.logout()
        except NeonizeError:
            self._unlinking = False
            raise
        return {}


def _error(request: dict[str, Any], kind: ErrorKind, message: str) -> dict[str, Any]:
    error: dict[str, Any] = {"kind": kind, "message": message}
    if kind == "rate-limited":
        error["retry_after"] = RATE_LIMIT_SECONDS
    return {"id": request.get("id"), "error": error}

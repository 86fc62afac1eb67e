"""Requests of an account as calls of neonize's client, and what its errors mean. Runs in the link process only."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openclaw.channels.whatsapp.link_compose import file_message, jid_of, text_message
from openclaw.channels.whatsapp.link_protocol import GROUP_SERVER, RATE_LIMIT_SECONDS, ErrorKind

if TYPE_CHECKING:
    from neonize.client import NewClient
    from neonize.proto.Neonize_pb2 import Message as Received

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
    ("to fill lid cache", "unreachable"),
    ("no lid found", "rejected"),
    ("server returned error 4", "rejected"),
    ("can't send message to unknown server", "rejected"),
    ("not participating", "rejected"),
)


class _Refused(Exception):
    def __init__(self, kind: ErrorKind, message: str) -> None:
        super().__init__(message)
        self.kind: ErrorKind = kind


def kind_of(message: str) -> ErrorKind:
    """What an error of whatsmeow means for a message: it may have been sent unless the words say otherwise."""
    lowered = message.lower()
    return next((kind for words, kind in _MEANINGS if words in lowered), "unknown")


class LinkRequests:
    """Answers requests, one after the other; ``unlink`` is the session's, which must know of it."""

    def __init__(self, client: NewClient, files: Path, unlink: Callable[[], None]) -> None:
        self._client = client
        self._files = files
        self._unlink = unlink
        self._known: OrderedDict[str, Received] = OrderedDict()

    def remember(self, received: Received) -> None:
        """Keep a message that requests may refer to."""
        self._known[received.Info.ID] = received
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

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
        self._unlink()
        return {}


def _error(request: dict[str, Any], kind: ErrorKind, message: str) -> dict[str, Any]:
    error: dict[str, Any] = {"kind": kind, "message": message}
    if kind == "rate-limited":
        error["retry_after"] = RATE_LIMIT_SECONDS
    return {"id": request.get("id"), "error": error}

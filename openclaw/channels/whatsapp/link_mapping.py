"""Messages of neonize, which are whatsmeow's protobufs, as the events of ``link_protocol``.

Runs in the link process only. It reads the fields it knows; kinds of messages that it does not know give nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from openclaw.channels.whatsapp.link_protocol import GROUP_SERVER, HIDDEN_SERVER, PHONE_SERVER

if TYPE_CHECKING:
    from neonize.proto.Neonize_pb2 import JID
    from neonize.proto.Neonize_pb2 import Message as Received
    from neonize.proto.waE2E.WAWebProtobufsE2E_pb2 import Message

#: Wrappers of another message: of one that vanishes, that is seen once, of a document's caption, of an edit and so on.
_WRAPPERS = (
    "ephemeralMessage",
    "viewOnceMessage",
    "viewOnceMessageV2",
    "viewOnceMessageV2Extension",
    "documentWithCaptionMessage",
    "editedMessage",
    "groupMentionedMessage",
    "lottieStickerMessage",
)
_MEDIA = {
    "imageMessage": "image",
    "videoMessage": "video",
    "ptvMessage": "video",
    "audioMessage": "audio",
    "documentMessage": "document",
    "stickerMessage": "sticker",
}
_POLLS = ("pollCreationMessage", "pollCreationMessageV2", "pollCreationMessageV3", "pollCreationMessageV5")
_NUMBER = re.compile(r"^TEL[^:\n]*:(?P<number>.+?)\s*$", re.MULTILINE | re.IGNORECASE)
#: Of ``ProtocolMessage.Type``.
_REVOKE, _EDIT = 0, 14


def event_of(received: Received) -> dict[str, Any] | None:
    """The event of a received message; ``None`` for our own, for statuses and channels, and where nothing was said."""
    info, source = received.Info, received.Info.MessageSource
    if source.IsFromMe or source.Chat.Server not in (PHONE_SERVER, HIDDEN_SERVER, GROUP_SERVER):
        return None
    what = _what_happened(unwrapped(received.Message))
    if what is None:
        return None
    phone = next((jid for jid in (source.Sender, source.SenderAlt) if jid.Server == PHONE_SERVER), None)
    return {
        "event": "message",
        "id": info.ID,
        "chat": jid_text(source.Chat),
        "group": source.Chat.Server == GROUP_SERVER,
        "sender": jid_text(source.Sender),
        "sender_phone": jid_text(phone) if phone is not None else "",
        "name": info.Pushname,
        "timestamp": int(info.Timestamp),
    } | what


def unwrapped(message: Message) -> Message:
    """The message within its wrappers."""
    for _ in range(len(_WRAPPERS)):
        wrapper = next((name for name in _WRAPPERS if message.HasField(name)), None)
        if wrapper is None:
            return message
        message = getattr(message, wrapper).message
    return message


def media_of(message: Message) -> tuple[str, Any] | None:
    """The field that holds a file, and what it holds; of a message without its wrappers."""
    return next(((name, getattr(message, name)) for name in _MEDIA if message.HasField(name)), None)


def jid_text(jid: JID) -> str:
    """A JID without the number of a device."""
    return f"{jid.User}@{jid.Server}"


def _what_happened(message: Message) -> dict[str, Any] | None:
    if message.HasField("reactionMessage"):
        reaction = message.reactionMessage
        # In a conversation of two the key names nobody: what is not the sender's own is ours.
        target_sender = "" if reaction.key.fromMe else reaction.key.participant or reaction.key.remoteJID
        return {"kind": "reaction", "text": reaction.text, "target": reaction.key.ID, "target_sender": target_sender}
    if message.HasField("protocolMessage"):
        protocol = message.protocolMessage
        if not protocol.HasField("type") or not protocol.key.ID:
            return None
        if protocol.type == _REVOKE:
            return {"kind": "delete", "text": "", "target": protocol.key.ID}
        if protocol.type == _EDIT:
            said = _content(unwrapped(protocol.editedMessage)) or {"text": ""}
            return {"kind": "edit", "target": protocol.key.ID} | said
        return None
    content = _content(message)
    return None if content is None else {"kind": "message"} | content


def _content(message: Message) -> dict[str, Any] | None:
    """What is said, with what it refers to."""
    for field, read in _READERS.items():
        if message.HasField(field):
            value = getattr(message, field)
            content: dict[str, Any] = {"text": read(value)}
            if field in _MEDIA:
                content |= _media(field, value)
            context = getattr(value, "contextInfo", None)
            return content | (_context(context) if context is not None else {})
    return None


def _context(context: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if context.mentionedJID:
        facts["mentions"] = list(context.mentionedJID)
    if context.stanzaID:
        said = _content(unwrapped(context.quotedMessage)) or {"text": ""}
        facts["quoted"] = {"id": context.stanzaID, "sender": context.participant, "text": said["text"]}
    return facts


def _media(field: str, value: Any) -> dict[str, Any]:
    return {
        "media": {
            "kind": _kind(field, value),
            "mime": value.mimetype.partition(";")[0].strip(),
            "name": getattr(value, "fileName", ""),
            "size_bytes": int(value.fileLength),
            "file": "",
        }
    }


def _kind(field: str, value: Any) -> str:
    return "voice" if field == "audioMessage" and value.PTT else _MEDIA[field]


def _captioned(field: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        return f"<media:{_kind(field, value)}>\n{getattr(value, 'caption', '')}".strip()

    return read


def _place(value: Any) -> str:
    names = ", ".join(part for part in (getattr(value, "name", ""), getattr(value, "address", "")) if part)
    return f"[Location] {f'{names} ' if names else ''}({value.degreesLatitude}, {value.degreesLongitude})"


def _contact(value: Any) -> str:
    numbers = [found["number"] for found in _NUMBER.finditer(value.vcard)]
    return f"[Contact] {', '.join(part for part in (value.displayName, *numbers) if part)}"


def _contacts(value: Any) -> str:
    return "\n".join(_contact(each) for each in value.contacts)


def _poll(value: Any) -> str:
    return "\n".join([f"[Poll] {value.name}", *(f"• {option.optionName}" for option in value.options)])


_READERS: dict[str, Callable[[Any], str]] = {
    "conversation": str,
    "extendedTextMessage": lambda value: value.text,
    **{field: _captioned(field) for field in _MEDIA},
    "locationMessage": _place,
    "liveLocationMessage": _place,
    "contactMessage": _contact,
    "contactsArrayMessage": _contacts,
    **dict.fromkeys(_POLLS, _poll),
    "buttonsResponseMessage": lambda value: value.selectedDisplayText,
    "templateButtonReplyMessage": lambda value: value.selectedDisplayText,
    "listResponseMessage": lambda value: value.title,
    "eventMessage": lambda value: f"[Event] {value.name}",
    "groupInviteMessage": lambda value: f"[Invitation to the group] {value.groupName}",
}

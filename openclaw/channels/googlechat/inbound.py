"""Events as envelopes. Pure.

A message that somebody adds the app with is a message. Being added or removed without one gives nothing, and so do
other bots. Google tells apps of no edits and no deletions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from openclaw.channel_kit.shapes import Malformed, maybe_obj, objects, string, text
from openclaw.channels.googlechat.cards import SAYS
from openclaw.channels.googlechat.events import ChatEvent
from openclaw.domain.envelope import FileKind, InboundEnvelope, Peer, RemoteFile, ReplyRoute, Sender

#: Of spaces in which a message belongs to a thread that people see.
_THREADED = frozenset({"THREADED_MESSAGES", "GROUPED_MESSAGES"})
_KINDS: dict[str, FileKind] = {"image": "image", "audio": "audio", "video": "video"}


def read_envelope(event: ChatEvent, account: str, *, thread_sessions: bool = True) -> InboundEnvelope | None:
    """The envelope of an event, or ``None`` when there is nothing to answer. Raises Malformed."""
    if event.user.get("type") == "BOT" or event.kind == "removed" or (event.kind != "pressed" and not event.message):
        return None
    pressed = event.kind == "pressed"
    message, space = event.message, string(event.space, "name")
    message_id = text(message, "name")
    files = () if pressed else tuple(_files(message))
    words = event.parameters.get(SAYS, "") if pressed else _content(message)
    if not words:
        return None
    sender = string(event.user, "name")
    direct = _is_direct(event.space)
    thread = None if direct else _thread(event.space, message)
    return InboundEnvelope(
        channel="googlechat",
        account=account,
        event_id=_event_id(event, message_id, sender),
        peer=Peer("direct", sender) if direct else Peer("group", space),
        sender=Sender(sender, text(event.user, "displayName")),
        text=words,
        route=ReplyRoute("googlechat", account, space, thread),
        thread_id=thread if thread_sessions else None,
        message_id=message_id or None,
        mentioned=None if direct else pressed or _is_mentioned(message),
        files=files,
        extra=_extra(event),
    )


def _event_id(event: ChatEvent, message_id: str, sender: str) -> str:
    """A message is one event, however it is told; a press is one by who did it and when."""
    if event.kind != "pressed":
        if not message_id:
            raise Malformed("message.name is missing")
        return message_id
    return f"press:{message_id}:{sender}:{event.time}"


def _is_direct(space: Mapping[str, Any]) -> bool:
    """``type`` is the older form of ``spaceType``."""
    return text(space, "spaceType") == "DIRECT_MESSAGE" or text(space, "type") == "DM"


def _thread(space: Mapping[str, Any], message: Mapping[str, Any]) -> str | None:
    """The id of the thread; a group chat has none that people see."""
    name = text(maybe_obj(message, "thread"), "name")
    if text(space, "spaceType") == "GROUP_CHAT" or text(space, "spaceThreadingState") not in {"", *_THREADED}:
        return None
    return name.rpartition("/")[2] or None


def _is_mentioned(message: Mapping[str, Any]) -> bool:
    """Whether the app is named, or called by a command. Google tells an app of no message that names only others."""
    if message.get("slashCommand") is not None:
        return True
    for annotation in objects(message, "annotations"):
        user = maybe_obj(maybe_obj(annotation, "userMention"), "user")
        if annotation.get("type") == "USER_MENTION" and user.get("type") == "BOT":
            return True
    return False


def _content(message: Mapping[str, Any]) -> str:
    """The text without the app's own name, and a line for each file."""
    is_command = message.get("slashCommand") is not None
    said = text(message, "text") if is_command else text(message, "argumentText") or text(message, "text")
    lines = [f"<media:{each.kind}>" for each in _files(message)]
    for attachment in objects(message, "attachment"):
        drive = text(maybe_obj(attachment, "driveDataRef"), "driveFileId")
        if drive:
            name = text(attachment, "contentName")
            lines.append(f"[File in Drive: {name} https://drive.google.com/open?id={drive}]")
    lines += [f"[GIF: {text(gif, 'uri')}]" for gif in objects(message, "attachedGifs")]
    return "\n".join([*lines, said.strip()]).strip()


def _files(message: Mapping[str, Any]) -> Iterator[RemoteFile]:
    """Files that people have uploaded; those in somebody's Drive are not the app's to read."""
    for attachment in objects(message, "attachment"):
        resource = text(maybe_obj(attachment, "attachmentDataRef"), "resourceName")
        if resource:
            mime = text(attachment, "contentType")
            kind = _KINDS.get(mime.partition("/")[0], "document")
            yield RemoteFile(resource, kind, mime, text(attachment, "contentName"))


def _extra(event: ChatEvent) -> dict[str, Any]:
    quoted = maybe_obj(event.message, "quotedMessageMetadata")
    facts = {
        "chat_title": text(event.space, "displayName"),
        "sender_username": text(event.user, "email"),
        "reply_to": text(quoted, "name"),
        "sent_at_ms": _milliseconds(text(event.message, "createTime") or event.time),
    }
    return {key: value for key, value in facts.items() if value}


def _milliseconds(time: str) -> int:
    """Of ``2026-11-28T10:20:30.400123Z``; 0 for anything else."""
    try:
        return round(datetime.fromisoformat(time).timestamp() * 1000)
    except ValueError:
        return 0

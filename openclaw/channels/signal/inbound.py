"""Events of signal-cli as envelopes. Pure.

After signal-cli's ``JsonMessageEnvelope``. Knows data messages, edits, deletions and reactions to our own messages;
receipts, typing notes, calls, stories, what our number wrote elsewhere, and changes of groups and timers give nothing.
Whatever is known must have its documented shape, else Malformed.

Each data message, a reaction too, has its sender's time, which no other of his has: both together are the event's id.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from openclaw.channel_kit.shapes import Malformed, integer, maybe_obj, obj, string, text
from openclaw.channels.signal.content import files_of, names_us, said
from openclaw.channels.signal.names import GROUP, Me, MessageName, answering
from openclaw.domain.envelope import InboundEnvelope, Peer, ReplyRoute, Sender


@dataclass(frozen=True, slots=True)
class Place:
    """Whose events these are."""

    account: str
    me: Me


def read_event(event: dict[str, Any], place: Place) -> InboundEnvelope | None:
    """Turn one event into an envelope, or ``None`` when there is nothing to say of it. Raises Malformed."""
    envelope = obj(event, "envelope")
    edit = maybe_obj(envelope, "editMessage")
    message = maybe_obj(edit or envelope, "dataMessage")
    if not message:
        return None
    author = text(envelope, "sourceUuid") or text(envelope, "sourceNumber")
    if not author:
        raise Malformed("the sender has no name")
    if place.me.is_one_of(author, text(envelope, "sourceNumber")):
        return None
    found = _plain(envelope, message, author, place)
    if edit:
        target = MessageName(integer(edit, "targetSentTimestamp"), author)
        return replace(found, event="edit", message_id=str(target), files=()) if found.text else None
    if message.get("remoteDelete") is not None:
        target = MessageName(integer(obj(message, "remoteDelete"), "timestamp"), author)
        return replace(found, event="delete", message_id=str(target), text="", files=())
    if message.get("reaction") is not None:
        return _reaction(found, obj(message, "reaction"), place)
    return found if found.text else None


def _plain(envelope: dict[str, Any], message: dict[str, Any], author: str, place: Place) -> InboundEnvelope:
    name = MessageName(integer(message, "timestamp"), author)
    group = maybe_obj(message, "groupInfo")
    chat = string(group, "groupId") if group else author
    target = f"{GROUP}{chat}" if group else author
    return InboundEnvelope(
        channel="signal",
        account=place.account,
        event_id=str(name),
        peer=Peer("group" if group else "direct", chat),
        sender=Sender(author, text(envelope, "sourceName")),
        text=said(message, place.me),
        route=ReplyRoute("signal", place.account, target, reply_to=answering(name)),
        message_id=str(name),
        mentioned=names_us(message, place.me) if group else None,
        files=files_of(message, target),
        extra=_extra(envelope, message, name, place.me),
    )


def _reaction(found: InboundEnvelope, reaction: dict[str, Any], place: Place) -> InboundEnvelope | None:
    if not place.me.is_one_of(text(reaction, "targetAuthorUuid"), text(reaction, "targetAuthorNumber")):
        return None
    return replace(
        found,
        event="unreaction" if reaction.get("isRemove") is True else "reaction",
        text=string(reaction, "emoji"),
        message_id=str(MessageName(integer(reaction, "targetSentTimestamp"))),
        files=(),
    )


def _extra(envelope: dict[str, Any], message: dict[str, Any], name: MessageName, me: Me) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "sender_e164": text(envelope, "sourceNumber"),
        "chat_title": text(maybe_obj(message, "groupInfo"), "groupName"),
        "reply_to": _quoted(maybe_obj(message, "quote"), me),
        "sent_at_ms": name.time,
    }
    return {key: value for key, value in facts.items() if value}


def _quoted(quote: dict[str, Any], me: Me) -> str:
    if not quote:
        return ""
    number, uuid = text(quote, "authorNumber"), text(quote, "authorUuid")
    return str(MessageName(integer(quote, "id"), "" if me.is_one_of(number, uuid) else uuid or number))

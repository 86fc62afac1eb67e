"""Messages that imsg tells of, as envelopes. Pure.

After imsg's JSON reference (``docs/json.md``, "Message"), and ``reply_to_text`` and ``reply_to_sender`` as its
``OutputModels`` have them. What was sent from the Mac itself gives nothing; nor do edits, which imsg does not tell of.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from openclaw.channel_kit.shapes import Malformed, integer, maybe_obj, objects, string, text
from openclaw.domain.envelope import InboundEnvelope, MediaRef, Peer, ReplyRoute, Sender

#: What stands before the number of a chat in a route's target; every other target is a person's number or address.
CHAT = "chat_id:"
#: How much of a quoted message the model is shown.
_QUOTE_CHARS = 500
#: Where an attachment stands in a text.
_PLACEHOLDER = "\ufffc"
_KINDS = {"image": "image", "audio": "audio", "video": "video"}


def read_message(
    message: Mapping[str, Any], account: str, ours: Collection[str], media: Sequence[MediaRef] = ()
) -> InboundEnvelope | None:
    """One message as an envelope, or ``None`` when there is nothing to answer. Raises Malformed.

    ``ours`` are the GUIDs of our own messages, as far as they are known.
    """
    guid = string(message, "guid")
    if message.get("is_from_me") is True:
        return None
    sender = string(message, "sender").strip()
    if not guid or not sender:
        raise Malformed("the message or its sender has no name")
    group = message.get("is_group") is True
    chat = str(integer(message, "chat_id")) if group else sender
    envelope = InboundEnvelope(
        channel="imessage",
        account=account,
        event_id=guid,
        peer=Peer("group" if group else "direct", chat),
        sender=Sender(sender, text(message, "sender_name")),
        text=text(message, "reaction_emoji"),
        route=ReplyRoute("imessage", account, f"{CHAT}{chat}" if group else chat),
        message_id=guid,
        extra=_extra(message, sender),
    )
    return (
        _reaction(envelope, message, ours)
        if message.get("is_reaction") is True
        else _said(envelope, message, ours, media)
    )


def attachments_of(message: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    """The message's files, as imsg describes them."""
    return objects(message, "attachments")


def cursor_of(message: Mapping[str, Any]) -> str:
    """How far the database was read with this message; a newer imsg says it beside the message's row."""
    return str(integer(message, "cursor" if message.get("cursor") is not None else "id"))


def _reaction(envelope: InboundEnvelope, message: Mapping[str, Any], ours: Collection[str]) -> InboundEnvelope | None:
    target = text(message, "reacted_to_guid").rpartition("/")[2]
    if target not in ours:
        return None
    added = message.get("is_reaction_add") is not False
    return replace(envelope, event="reaction" if added else "unreaction", message_id=target)


def _said(
    envelope: InboundEnvelope, message: Mapping[str, Any], ours: Collection[str], media: Sequence[MediaRef]
) -> InboundEnvelope | None:
    parts = [
        *(f"<media:{_kind(each)}>" for each in attachments_of(message)),
        _poll(maybe_obj(message, "poll")),
        text(message, "text").replace(_PLACEHOLDER, "").strip(),
    ]
    said = "\n".join(part for part in parts if part)
    if not said:
        return None
    target = _answered(message)
    to_us = target in ours
    # A command stays alone, else intake would not know it.
    whole = said if said.startswith("/") else said + _quotation(message, to_us=to_us)
    # Messages has no mentions that imsg tells of.
    mentioned = True if to_us and envelope.peer.kind == "group" else None
    return replace(envelope, text=whole, media=tuple(media), mentioned=mentioned)


def _answered(message: Mapping[str, Any]) -> str:
    return text(message, "reply_to_guid") or text(message, "thread_originator_guid")


def _quotation(message: Mapping[str, Any], *, to_us: bool) -> str:
    words = text(message, "reply_to_text").replace(_PLACEHOLDER, "").strip()[:_QUOTE_CHARS]
    if not words:
        return ""
    name = "you" if to_us else text(message, "reply_to_sender") or "a message"
    lines = "\n".join(f"> {line}" for line in words.splitlines())
    return f"\n\n[In reply to {name}]\n{lines}"


def _kind(attachment: Mapping[str, Any]) -> str:
    if attachment.get("is_sticker") is True:
        return "sticker"
    return _KINDS.get(text(attachment, "mime_type").partition("/")[0], "document")


def _poll(poll: Mapping[str, Any]) -> str:
    if text(poll, "kind") != "created":
        return ""
    return "\n".join(
        [f"[Poll] {text(poll, 'question')}", *(f"- {text(each, 'text')}" for each in objects(poll, "options"))]
    )


def _extra(message: Mapping[str, Any], sender: str) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "sender_e164": sender if sender.startswith("+") and sender[1:].isdecimal() else "",
        "chat_title": text(message, "chat_name") if message.get("is_group") is True else "",
        "reply_to": _answered(message),
        "sent_at_ms": _milliseconds(text(message, "created_at")),
    }
    return {key: value for key, value in facts.items() if value}


def _milliseconds(written: str) -> int:
    if not written:
        return 0
    try:
        return int(datetime.fromisoformat(written).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise Malformed("created_at is no time") from None
